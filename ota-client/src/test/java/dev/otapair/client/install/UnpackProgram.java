package dev.otapair.client.install;

import dev.otapair.protocol.error.OtaException;
import java.nio.file.Path;

/** Unpacks in a process of its own: with the client's memory, or as somebody else. Prints what went wrong, if anything did. */
final class UnpackProgram {
    private UnpackProgram() {}

    public static void main(String[] arguments) {
        try {
            Unpacker.of(Unpacker.Limits.within(Long.MAX_VALUE)).unpack(Path.of(arguments[0]), Path.of(arguments[1]));
            System.out.println("unpacked");
        } catch (OtaException e) {
            System.out.println(e.code() + ": " + e.getMessage());
        }
    }
}
