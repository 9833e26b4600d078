package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.server.release.Publisher;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes an offer back. */
@Command(
        name = "withdraw",
        description = {
            "Offer a release no more; where it is not on offer, drop it from those that are staged.",
            "",
            "Boards that have installed it keep it: to bring them back, use 'ota-server offer --again NAME'."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class WithdrawCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Spec
    private CommandSpec spec;

    @Option(names = "--staged", description = "Drop the one that is staged; what is on offer under that name stays.")
    private boolean staged;

    @Parameters(paramLabel = "NAME", description = "The package's name.")
    private String name;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        PackageName named = Names.packageName(spec, name);
        Publisher.Withdrawal done =
                staged ? desk.publisher().dropStaged(named) : desk.publisher().withdraw(named);
        desk.warnOfNamed(done.products());
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", name);
        members.put("products", done.products());
        members.put("dropped_staged", done.wasDropped());
        members.put("staged", done.isStaged());
        desk.print(members, sentence(done));
        return 0;
    }

    private String sentence(Publisher.Withdrawal done) {
        if (done.wasDropped()) {
            return name + " is staged no more; what is on offer is what it was";
        }
        String products = done.products().stream().map(Product::value).collect(Collectors.joining(", "));
        return "%s is offered no more to boards of product %s%s"
                .formatted(
                        name,
                        products,
                        done.isStaged() ? "; one of that name is still staged, which --staged drops" : "");
    }
}
