package dev.otapair.server.cli;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Names on a command line; what is none is a fault of the command line. */
final class Names {
    private Names() {}

    static PackageName packageName(CommandSpec spec, String text) {
        return named(spec, text, PackageName::new);
    }

    static Product product(CommandSpec spec, String text) {
        return named(spec, text, Product::new);
    }

    static KeyId keyId(CommandSpec spec, String text) {
        return named(spec, text, KeyId::new);
    }

    private static <T> T named(CommandSpec spec, String text, Function<String, T> constructor) {
        try {
            return constructor.apply(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "'%s': %s".formatted(text, e.getMessage()));
        }
    }
}
