package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import java.nio.charset.StandardCharsets;

/** What every {@link ManifestEntry} keeps to. All throw {@link IllegalArgumentException}. */
final class EntryRules {
    private static final int MAX_TEXT_BYTES = 4095;
    private static final int MAX_NAME_BYTES = 255;
    private static final Digest NOTHING = new ContentDigester(Digest.Algorithm.SHA256).finish(Digest.Algorithm.SHA256);

    private EntryRules() {}

    static void requirePath(String path) {
        byte[] bytes = requireText(path, "a path");
        int name = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == '/') {
                requireName(bytes, name, i);
                name = i + 1;
            }
        }
    }

    static void requireTarget(String target) {
        requireText(target, "a link's target");
    }

    static void requireMode(int mode) {
        require(mode >= 0 && mode <= ManifestEntry.MAX_MODE, "a mode is out of bounds: expected 0000 to 7777");
    }

    static void requireOwners(long owner, long group) {
        require(
                owner >= 0 && owner <= ManifestEntry.MAX_ID && group >= 0 && group <= ManifestEntry.MAX_ID,
                "an owner or group is out of bounds: expected 0 to 4294967294");
    }

    static void requireTime(long modified) {
        require(
                modified >= -ManifestEntry.MAX_SECONDS && modified <= ManifestEntry.MAX_SECONDS,
                "a time is out of bounds: expected up to 99999999999 s from 1970");
    }

    /** A board makes empty files by itself, so they have to be what they say. */
    static void requireContent(Content content, Digest md5) {
        require(md5.algorithm() == Digest.Algorithm.MD5, "the digest that should be MD5 is another one");
        require((content.size() == 0) == content.sha256().equals(NOTHING), "a size does not go with its SHA-256");
    }

    private static byte[] requireText(String text, String what) {
        require(!text.isEmpty(), what + " is empty");
        require(text.length() <= MAX_TEXT_BYTES, what + " has more than 4095 bytes");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        require(bytes.length <= MAX_TEXT_BYTES, what + " has more than 4095 bytes");
        require(text.indexOf('\0') < 0, what + " has a zero byte");
        require(new String(bytes, StandardCharsets.UTF_8).equals(text), what + " has half of a surrogate pair");
        return bytes;
    }

    private static void requireName(byte[] path, int from, int to) {
        int length = to - from;
        require(length > 0, "a path has an empty name");
        require(length <= MAX_NAME_BYTES, "a path has a name of more than 255 bytes");
        boolean isDots = path[from] == '.' && (length == 1 || length == 2 && path[from + 1] == '.');
        require(!isDots, "a path has a name that is . or ..");
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalArgumentException(fault);
        }
    }
}
