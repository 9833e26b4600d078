package dev.otapair.client;

import dev.otapair.client.session.Visit;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;

/** Tells the server how this board stands, and leaves. */
record ReportVisit(Board board) implements Visit {
    @Override
    public boolean offered(HeaderResponse header) {
        return false;
    }

    @Override
    public Range wanted() {
        throw new IllegalStateException("a report wants no package");
    }

    @Override
    public Decision announced(PackageResponse announced) {
        return Decision.LEAVE;
    }

    @Override
    public void payload(ByteBuffer bytes) {}
}
