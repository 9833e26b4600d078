package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a pair once its plan is made.
 *
 * @param plan its name
 * @param coded the plan's text as it is sent; among the pieces by its SHA-256
 * @param manifest the wanted manifest as it is sent, likewise; empty for a package that is one file
 * @param body what boards are told of these two
 * @param change what the update comes to
 */
record PairRecord(Digest plan, Content coded, Optional<Content> manifest, Body body, Change change) {
    static final String KIND = "ota-pair/1";

    private static final String PLAN = "plan";
    private static final String CODED = "coded";
    private static final String MANIFEST = "manifest";
    private static final String BODY = "body";
    private static final String IS_PATCH = "patch";
    private static final String CHANGE = "change";

    /** Returns its lines, for a checked file. */
    String text() {
        StringBuilder text = new StringBuilder();
        line(text, PLAN, plan.hex());
        line(text, CODED, textOf(coded));
        manifest.ifPresent(content -> line(text, MANIFEST, textOf(content)));
        line(text, BODY, body.sha256().hex());
        line(text, IS_PATCH, String.valueOf(body.isPatch()));
        line(text, CHANGE, "%d %d %d".formatted(change.added(), change.changed(), change.removed()));
        return text.toString();
    }

    /**
     * Reads it.
     *
     * @param lines whose checksum is right
     * @throws IllegalArgumentException if they are of another version
     */
    static PairRecord parse(String lines) {
        Map<String, String> values = new HashMap<>();
        lines.lines().forEach(line -> {
            int end = Math.max(0, line.indexOf('='));
            values.put(line.substring(0, end), line.substring(end + 1));
        });
        Content coded = content(value(values, CODED));
        Optional<Content> manifest = Optional.ofNullable(values.get(MANIFEST)).map(PairRecord::content);
        String[] counts = value(values, CHANGE).split(" ", -1);
        if (counts.length != 3) {
            throw new IllegalArgumentException("the change has " + counts.length + " numbers");
        }
        return new PairRecord(
                sha256(value(values, PLAN)),
                coded,
                manifest,
                new Body(
                        manifest.map(Content::size).orElse(0L),
                        Boolean.parseBoolean(value(values, IS_PATCH)),
                        coded.size(),
                        sha256(value(values, BODY))),
                new Change(Long.parseLong(counts[0]), Long.parseLong(counts[1]), Long.parseLong(counts[2])));
    }

    private static void line(StringBuilder text, String key, String value) {
        text.append(key).append('=').append(value).append('\n');
    }

    private static String value(Map<String, String> values, String key) {
        return Optional.ofNullable(values.get(key))
                .orElseThrow(() -> new IllegalArgumentException("it says nothing of " + key));
    }

    private static String textOf(Content content) {
        return content.sha256().hex() + " " + content.size();
    }

    private static Content content(String text) {
        int end = Math.max(0, text.indexOf(' '));
        return new Content(Long.parseLong(text.substring(end + 1)), sha256(text.substring(0, end)));
    }

    private static Digest sha256(String hex) {
        return new Digest(Digest.Algorithm.SHA256, hex);
    }
}
