package dev.otapair.server.config;

import java.util.Arrays;

/** What was in a file, to be compared and nothing else: it may be a key. */
record FileContent(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
        return other instanceof FileContent content && Arrays.equals(bytes, content.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "(" + bytes.length + " bytes)";
    }
}
