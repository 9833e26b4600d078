package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.message.Product;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes an offer back. */
@Command(
        name = "withdraw",
        description = {
            "Offer a release no more, or drop one that is staged.",
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

    @Parameters(paramLabel = "NAME", description = "The package's name.")
    private String name;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        List<Product> products = desk.publisher().withdraw(Names.packageName(spec, name));
        desk.warnOfNamed(products);
        desk.print(
                Map.of("name", name, "products", products),
                products.isEmpty()
                        ? name + " is staged no more"
                        : "%s is offered no more to boards of product %s"
                                .formatted(
                                        name,
                                        products.stream().map(Product::value).collect(Collectors.joining(", "))));
        return 0;
    }
}
