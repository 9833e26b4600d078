package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
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
                "an owner or group is out of bounds: expected 0 to " + ManifestEntry.MAX_ID);
    }

    static void requireTime(long modified) {
        require(
                modified >= -ManifestEntry.MAX_SECONDS && modified <= ManifestEntry.MAX_SECONDS,
                "a time is out of bounds: expected up to %d s from 1970".formatted(ManifestEntry.MAX_SECONDS));
    }

    /** A board makes empty files by itself, so they have to be what they say. */
    static void requireContent(Content content, Digest md5) {
        require(md5.algorithm() == Digest.Algorithm.MD5, "a digest is %s, expected MD5".formatted(md5.algorithm()));
        require(
                (content.size() == 0) == content.sha256().equals(NOTHING),
                "a size of %d does not go with SHA-256 %s"
                        .formatted(content.size(), content.sha256().hex()));
    }

    /** Reads UTF-8; never replaces what is none. */
    static String decoded(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a path or target is not UTF-8", e);
        }
    }

    private static byte[] requireText(String text, String what) {
        require(
                !text.isEmpty() && text.length() <= MAX_TEXT_BYTES,
                "%s has no bytes, or more than %d".formatted(what, MAX_TEXT_BYTES));
        byte[] bytes = encoded(text, what);
        require(bytes.length <= MAX_TEXT_BYTES, "%s has more than %d bytes".formatted(what, MAX_TEXT_BYTES));
        require(text.indexOf('\0') < 0, what + " has a zero byte");
        return bytes;
    }

    private static byte[] encoded(String text, String what) {
        try {
            ByteBuffer buffer = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(what + " has half of a surrogate pair", e);
        }
    }

    private static void requireName(byte[] path, int from, int to) {
        int length = to - from;
        require(length > 0, "a path has an empty name");
        require(length <= MAX_NAME_BYTES, "a path has a name of more than %d bytes".formatted(MAX_NAME_BYTES));
        boolean isDots = path[from] == '.' && (length == 1 || length == 2 && path[from + 1] == '.');
        require(!isDots, "a path has a name that is . or ..");
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalArgumentException(fault);
        }
    }
}
