package dev.otapair.client.cli;

import dev.otapair.client.store.Answer;
import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

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
final class RejectCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().run(updater -> Report.ofAnswer(updater.answer(Answer.Word.REJECT)));
    }
}
