package dev.otapair.server.delta;

/** How much work a plan is. */
enum Planning {
    /** Little besides copying: it waits for no patch. */
    LIGHT,
    /** Compares and codes all that has changed. */
    HEAVY;

    static Planning of(Pair pair) {
        return pair.ability() == Ability.NONE || !pair.damaged().isEmpty() ? LIGHT : HEAVY;
    }
}
