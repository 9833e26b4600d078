package dev.otapair.client.torture;

import dev.otapair.client.cli.OtaClientCommand;
import dev.otapair.protocol.cli.Program;

/** The client's program, where the release is to be taken back: to do that is its good end. */
public final class TakenBackUpdate {
    private static final int TAKEN_BACK = 72;

    private TakenBackUpdate() {}

    /** As the client's own. */
    public static void main(String... arguments) {
        int status = Program.run(new OtaClientCommand(), arguments);
        System.exit(status == TAKEN_BACK ? 0 : status);
    }
}
