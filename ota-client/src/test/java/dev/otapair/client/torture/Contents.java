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

    private final int bytes;
    private final Map<Integer, byte[]> known = new HashMap<>();
    private final Map<Integer, PackageResponse> announced = new HashMap<>();

    /** @param bytes of the smallest; others have up to three quarters more */
    Contents(int bytes) {
        this.bytes = bytes;
    }

    byte[] of(int number) {
        if (known.size() > MAX_KNOWN) {
            known.clear();
            announced.clear();
        }
        return known.computeIfAbsent(number, n -> Scene.bytes(bytes + n * STEP % (bytes * 3 / 4), n));
    }

    static PackageName nameOf(int number) {
        return new PackageName("fw-" + number % NAMES);
    }

    PackageResponse announced(int number) {
        return announced.computeIfAbsent(number, this::announce);
    }

    private PackageResponse announce(int number) {
        Digest digest = new Digest(Digest.Algorithm.SHA256, Scene.sha256(of(number)));
        return PackageResponse.whole(nameOf(number), of(number).length, digest);
    }
}
