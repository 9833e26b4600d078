package dev.otapair.client.tree;

import dev.otapair.protocol.message.ObjectNumbers;
import java.util.List;

/**
 * A plan does not make what it should: the caller asks for more, and no file of the board has changed. Where objects of the base are at
 * fault, it checks again, reading everything, and asks for the same release with what is {@code damaged}, these among it; where none is,
 * the plan is at fault, and all of the release is asked for.
 *
 * @see "PROTOCOL.md, section 9: Increments"
 */
public final class WrongObjects extends Exception {
    private static final long serialVersionUID = 1;

    private final transient ObjectNumbers damaged;
    private final transient ObjectNumbers made;

    private WrongObjects(String message, ObjectNumbers damaged, ObjectNumbers made, Throwable cause) {
        super(message, cause);
        this.damaged = damaged;
        this.made = made;
    }

    /** Returns what to throw if the board does not hold objects of the base. */
    static WrongObjects ofBase(Iterable<Integer> numbers) {
        ObjectNumbers damaged = ObjectNumbers.of(numbers);
        return new WrongObjects(
                "the board does not hold these objects as it should: " + shortened(damaged),
                damaged,
                ObjectNumbers.NONE,
                null);
    }

    /** Returns what to throw if a plan does not make objects of what is wanted. */
    static WrongObjects ofPlan(String why, Iterable<Integer> numbers, Throwable cause) {
        ObjectNumbers made = ObjectNumbers.of(numbers);
        return new WrongObjects(
                made.isEmpty() ? why : "%s: %s".formatted(why, shortened(made)), ObjectNumbers.NONE, made, cause);
    }

    /** As above, without a cause. */
    static WrongObjects ofPlan(String why, Iterable<Integer> numbers) {
        return ofPlan(why, numbers, null);
    }

    /** Returns what to throw if a plan does not make objects of the base anew. */
    static WrongObjects ofRepair(String why, Throwable cause) {
        return ofPlan(why, List.of(), cause);
    }

    /** Returns the objects of the base that the board does not hold as it should, at least one of them; none if the plan is at fault. */
    public ObjectNumbers damaged() {
        return damaged;
    }

    /** Returns the objects of what is wanted that do not come of the plan, as far as they are known. */
    public ObjectNumbers made() {
        return made;
    }

    private static String shortened(ObjectNumbers numbers) {
        String text = numbers.toString();
        int most = 100;
        return text.length() > most ? text.substring(0, most) + "…" : text;
    }
}
