package dev.otapair.protocol.auth;

import java.nio.charset.StandardCharsets;

/** Whose words are proved or sealed; the labels differ, so that neither end's words can be played back to it. */
public enum Role {
    CLIENT("client"),
    SERVER("server");

    private final byte[] label;

    Role(String label) {
        this.label = (label + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    byte[] label() {
        return label;
    }
}
