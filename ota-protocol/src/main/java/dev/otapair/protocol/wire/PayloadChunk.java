package dev.otapair.protocol.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.DefaultByteBufHolder;

/** Some of the raw bytes after a package response, in order of arrival. Who receives it releases it. */
public final class PayloadChunk extends DefaultByteBufHolder {
    private final boolean last;

    PayloadChunk(ByteBuf bytes, boolean last) {
        super(bytes);
        this.last = last;
    }

    /** Says whether the package ends with this chunk. A package of 0 bytes is one empty last chunk. */
    public boolean isLast() {
        return last;
    }

    @Override
    public PayloadChunk replace(ByteBuf content) {
        return new PayloadChunk(content, last);
    }
}
