package dev.otapair.client.torture;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.util.HashMap;
import java.util.Map;

/** The packages of the releases 1, 2, 3, ...: bytes that look random, under three names in turn. Not thread-safe. */
final class Contents {
    private static final int NAMES = 3;
    private static final int MAX_KNOWN = 100;
    private static final int STEP = 3_571;

    private final int least;
    private final Map<Integer, Package> known = new HashMap<>();

    /** One of them. */
    private record Package(byte[] bytes, PackageResponse announced) {}

    /** @param least bytes of a package; some have up to three quarters more */
    Contents(int least) {
        this.least = least;
    }

    byte[] of(int number) {
        return get(number).bytes();
    }

    PackageResponse announced(int number) {
        return get(number).announced();
    }

    static PackageName nameOf(int number) {
        return new PackageName("fw-" + number % NAMES);
    }

    private Package get(int number) {
        if (known.size() > MAX_KNOWN) {
            known.clear();
        }
        return known.computeIfAbsent(number, this::make);
    }

    private Package make(int number) {
        byte[] bytes = Scene.bytes(least + number * STEP % (least * 3 / 4), number);
        Digest digest = new Digest(Digest.Algorithm.SHA256, Scene.sha256(bytes));
        return new Package(bytes, PackageResponse.whole(nameOf(number), bytes.length, digest));
    }
}
