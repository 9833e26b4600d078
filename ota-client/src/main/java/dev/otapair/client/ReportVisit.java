package dev.otapair.client;

import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Response.HeaderResponse;

/** Tells the server how this board stands, and leaves. */
record ReportVisit(Board board) implements Inquiry {
    @Override
    public boolean offered(HeaderResponse header) {
        return false;
    }
}
