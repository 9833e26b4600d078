package dev.otapair.client.cli;

import dev.otapair.client.Confirmation;
import dev.otapair.client.progress.Terminal;
import dev.otapair.protocol.cli.ConfigOption;
import dev.otapair.protocol.cli.Ending;
import dev.otapair.protocol.error.OtaException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The command lines that timers and cron type, read without picocli: to load that takes longer than all else that a check does. Whatever
 * is spelled in another way is picocli's, to explain or to refuse; both read these lines alike.
 *
 * @param verb what to do
 * @param config absolute path of config.ini
 * @param json whether machines read the result
 */
record PlainCommand(Verb verb, Path config, boolean json) {
    /** What machines ask for. */
    enum Verb {
        UPDATE,
        CHECK,
        RECOVER,
        RUN
    }

    /** Returns what is asked for, if these are arguments of the plain kind: a verb or none, {@code --config FILE}, {@code --json}. */
    static Optional<PlainCommand> of(String... arguments) {
        Verb verb = null;
        String file = null;
        boolean json = false;
        for (int i = 0; i < arguments.length; i++) {
            Verb named = verbOf(arguments[i]);
            boolean isNamed = arguments[i].equals("--config") || arguments[i].equals("-c");
            if (named != null && verb == null) {
                verb = named;
            } else if (isNamed && file == null && i + 1 < arguments.length && isPlain(arguments[i + 1])) {
                i++;
                file = arguments[i];
            } else if (arguments[i].equals("--json") && !json) {
                json = true;
            } else {
                return Optional.empty();
            }
        }
        try {
            Path config = file == null
                    ? ConfigOption.absent(RunOptions.CONFIG_VARIABLE)
                    : ConfigOption.absolute(Path.of(file));
            return Optional.of(new PlainCommand(verb == null ? Verb.UPDATE : verb, config, json));
        } catch (InvalidPathException | OtaException e) {
            return Optional.empty();
        }
    }

    /** Returns the exit status. */
    int run() {
        Ending ending = new Ending("ota-client", json);
        Job job = new Job(config, json, ending.out());
        return ending.of(() -> switch (verb) {
            case UPDATE -> new UpdateRun(job, false).call();
            case CHECK -> job.ask(updater -> Report.ofCheck(updater.check()));
            case RECOVER -> job.run(updater -> Report.of(updater.recover()));
            case RUN -> job.stay(updater -> updater.update(Confirmation.ALWAYS, Terminal.progress()));
        });
    }

    private static Verb verbOf(String word) {
        return switch (word) {
            case "update" -> Verb.UPDATE;
            case "check" -> Verb.CHECK;
            case "recover" -> Verb.RECOVER;
            case "run" -> Verb.RUN;
            default -> null;
        };
    }

    /** What could be an option, a command, or has quotes that picocli might trim, is not for here. */
    private static boolean isPlain(String value) {
        return !value.startsWith("-") && value.indexOf('"') < 0 && (value.indexOf('/') >= 0 || value.indexOf('.') >= 0);
    }
}
