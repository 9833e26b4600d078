package dev.otapair.client.cli;

import dev.otapair.client.store.Answer;
import dev.otapair.protocol.cli.JarVersion;
import picocli.CommandLine.Command;

/** Lets the application say that the release works. */
@Command(
        name = "confirm",
        description = {
            "Say that the release which is proving itself works: called by the application, with confirm = manual.",
            "",
            "Without it, or after 'ota-client reject', the release before is put back when health_timeout is over."
        },
        footer = {"", "Exit status: 0 said, or nothing was waiting for it; the others as for update."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class ConfirmCommand extends AnswerCommand {
    ConfirmCommand() {
        super(Answer.Word.CONFIRM);
    }
}
