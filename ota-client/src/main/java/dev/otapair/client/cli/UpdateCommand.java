package dev.otapair.client.cli;

import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Makes one update. */
@Command(
        name = "update",
        description = "Ask, fetch, verify, install and record, in one run (the default).",
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class UpdateCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Override
    public Integer call() {
        return new UpdateRun(program.options().job(), program.updateOptions().interactive()).call();
    }
}
