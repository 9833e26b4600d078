package dev.otapair.client;

import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Offer;
import java.time.Duration;
import java.util.Optional;

/**
 * What a run that did not fail came to.
 *
 * @param installed what is installed after the run
 * @param offered what the server offers; empty when it offers nothing or was not asked
 * @param verdict what the board made of the offer; empty when there was none to judge
 * @param nextPoll when the server would like to be asked again; empty when it did not say
 * @param travel what came for it, or would; empty where nothing is known of that
 */
public record Outcome(
        Result result,
        InstalledRelease installed,
        Optional<Offer> offered,
        Optional<Verdict> verdict,
        Optional<Duration> nextPoll,
        Optional<Travel> travel) {
    /** As above, where nothing is known of what travels. */
    Outcome(
            Result result,
            InstalledRelease installed,
            Optional<Offer> offered,
            Optional<Verdict> verdict,
            Optional<Duration> nextPoll) {
        this(result, installed, offered, verdict, nextPoll, Optional.empty());
    }

    /**
     * What goes over the wire for a release.
     *
     * @param bytes that came, or would come
     * @param whole bytes of the whole package
     * @param change what that does to the board's files; empty where the package comes whole
     */
    public record Travel(long bytes, long whole, Optional<Change> change) {}

    /** Returns this with what travels. */
    Outcome travelling(Travel what) {
        return new Outcome(result, installed, offered, verdict, nextPoll, Optional.of(what));
    }

    /** Returns what a run came to that saw no offer. */
    static Outcome withoutOffer(Result result, InstalledRelease installed) {
        return new Outcome(result, installed, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Returns this with the offer installed. */
    Outcome updatedTo(InstalledRelease now) {
        return new Outcome(Result.UPDATED, now, offered, verdict, nextPoll, travel);
    }

    /** Returns this with the offer fetched, and not installed yet. */
    Outcome staged() {
        return new Outcome(Result.STAGED, installed, offered, verdict, nextPoll, travel);
    }

    /** Returns this with what is installed known better. */
    Outcome with(InstalledRelease now) {
        return new Outcome(result, now, offered, verdict, nextPoll, travel);
    }

    /** In one word. */
    public enum Result {
        /** The offer is what is installed. */
        UP_TO_DATE("up to date"),
        /** The server has nothing on offer. */
        NOTHING_OFFERED("the server offers nothing"),
        /** The offer would be installed; nothing was done about it. */
        UPDATE_AVAILABLE("update available"),
        /** The offer would be refused; nothing was done about it. */
        REFUSED("the offer would be refused"),
        /** The offer is here, and waits for its time to be installed. */
        STAGED("staged"),
        /** The release before is installed again. */
        ROLLED_BACK("rolled back"),
        /** The offer is installed now. */
        UPDATED("updated"),
        /** Somebody at the prompt said no. */
        DECLINED("declined"),
        /** Another run is at work on this board. */
        ALREADY_RUNNING("another run is at work");

        private final String sentence;

        Result(String sentence) {
            this.sentence = sentence;
        }

        /** Returns it for a person. */
        public String sentence() {
            return sentence;
        }
    }
}
