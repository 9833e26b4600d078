package dev.otapair.client.cli;

import dev.otapair.client.store.Answer;
import dev.otapair.protocol.cli.InheritedOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What the application says of the release that is proving itself. */
abstract class AnswerCommand implements Callable<Integer> {
    private final Answer.Word word;

    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    AnswerCommand(Answer.Word word) {
        this.word = word;
    }

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().run(updater -> Report.ofAnswer(updater.answer(word)));
    }
}
