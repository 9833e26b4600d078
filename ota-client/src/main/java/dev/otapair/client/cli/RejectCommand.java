package dev.otapair.client.cli;

import dev.otapair.client.store.Answer;
import dev.otapair.protocol.cli.JarVersion;
import picocli.CommandLine.Command;

/** Lets the application say that the release does not work. */
@Command(
        name = "reject",
        description = {
            "Say that the release which is proving itself does not work: called by the application, with confirm = manual.",
            "",
            "The release before is put back, and this one is left alone from now on."
        },
        footer = {"", "Exit status: 0 said, or nothing was waiting for it; the others as for update."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class RejectCommand extends AnswerCommand {
    RejectCommand() {
        super(Answer.Word.REJECT);
    }
}
