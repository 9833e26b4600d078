package dev.otapair.protocol.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a {@link V1Server} offers, and how it misbehaves while doing so. Immutable: each {@code with} method returns a
 * changed copy.
 */
public final class V1Offer {
    /** Where the bytes of a package come from, anew for each request. */
    @FunctionalInterface
    interface Source {
        InputStream open() throws IOException;
    }

    /** What happens after {@link #endsAfter} payload bytes. */
    enum Ending {
        COMPLETE,
        FIN,
        RESET,
        SILENCE
    }

    private static final Duration GAP = Duration.ofMillis(20);

    final String token;
    final String latest;
    final Source payload;
    final long payloadSize;
    final Optional<String> size;
    final Optional<String> md5;
    final Duration gap;
    final boolean isJoined;
    final Ending ending;
    final long endsAfter;

    private V1Offer(
            String token,
            String latest,
            Source payload,
            long payloadSize,
            Optional<String> size,
            Optional<String> md5,
            Duration gap,
            boolean isJoined,
            Ending ending,
            long endsAfter) {
        this.token = token;
        this.latest = latest;
        this.payload = payload;
        this.payloadSize = payloadSize;
        this.size = size;
        this.md5 = md5;
        this.gap = gap;
        this.isJoined = isJoined;
        this.ending = ending;
        this.endsAfter = endsAfter;
    }

    /** Offers these bytes under this name, to whoever knows the token, with a gap of 20 ms and no misbehaviour. */
    public static V1Offer of(String token, String latest, byte[] payload) {
        byte[] copy = payload.clone();
        return of(token, latest, () -> new ByteArrayInputStream(copy), copy.length);
    }

    /** As above; the file is streamed, so it may be larger than memory. */
    public static V1Offer of(String token, String latest, Path payload) throws IOException {
        return of(token, latest, () -> Files.newInputStream(payload), Files.size(payload));
    }

    private static V1Offer of(String token, String latest, Source payload, long payloadSize) {
        return new V1Offer(
                token,
                latest,
                payload,
                payloadSize,
                Optional.empty(),
                Optional.empty(),
                GAP,
                false,
                Ending.COMPLETE,
                Long.MAX_VALUE);
    }

    /** Announces this name instead, which may be empty or hostile. */
    public V1Offer withLatest(String other) {
        return new V1Offer(token, other, payload, payloadSize, size, md5, gap, isJoined, ending, endsAfter);
    }

    /** Announces this text as {@code size}, whatever the payload has. */
    public V1Offer withSize(String text) {
        return new V1Offer(
                token, latest, payload, payloadSize, Optional.of(text), md5, gap, isJoined, ending, endsAfter);
    }

    /** Announces this text as {@code md5}, without computing one. */
    public V1Offer withMd5(String text) {
        return new V1Offer(
                token, latest, payload, payloadSize, size, Optional.of(text), gap, isJoined, ending, endsAfter);
    }

    /** Waits this long between the package response and the payload. */
    public V1Offer withGap(Duration other) {
        return new V1Offer(token, latest, payload, payloadSize, size, md5, other, isJoined, ending, endsAfter);
    }

    /** Writes the package response and the first payload bytes in one write. */
    public V1Offer withPayloadJoined() {
        return new V1Offer(token, latest, payload, payloadSize, size, md5, gap, true, ending, endsAfter);
    }

    /** Closes by FIN after {@code bytes} of payload, as a Python server that is told to end. */
    public V1Offer withFinAfter(long bytes) {
        return endingBy(Ending.FIN, bytes);
    }

    /** Closes by RST after {@code bytes} of payload; the peer gets at most those, as a RST drops what is unsent. */
    public V1Offer withResetAfter(long bytes) {
        return endingBy(Ending.RESET, bytes);
    }

    /** Sends nothing more after {@code bytes} of payload, and keeps the connection open until the peer ends it. */
    public V1Offer withSilenceAfter(long bytes) {
        return endingBy(Ending.SILENCE, bytes);
    }

    private V1Offer endingBy(Ending other, long bytes) {
        return new V1Offer(token, latest, payload, payloadSize, size, md5, gap, isJoined, other, bytes);
    }
}
