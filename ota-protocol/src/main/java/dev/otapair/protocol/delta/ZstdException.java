package dev.otapair.protocol.delta;

import java.io.IOException;

/** The frame is at fault: it is damaged, cut off, or none. */
public class ZstdException extends IOException {
    private static final long serialVersionUID = 1;

    ZstdException(String message) {
        super(message);
    }
}
