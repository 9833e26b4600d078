package dev.otapair.protocol.delta;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in an array of bytes, the least significant byte first. */
final class LittleEndian {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() {}

    static long getLong(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }

    static int getInt(byte[] bytes, int at) {
        return getShort(bytes, at) | getShort(bytes, at + 2) << 16;
    }

    static int getShort(byte[] bytes, int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
    }

    static void putLong(byte[] bytes, int at, long number) {
        LONGS.set(bytes, at, number);
    }

    static void putInt(byte[] bytes, int at, int number) {
        for (int i = 0; i < Integer.BYTES; i++) {
            bytes[at + i] = (byte) (number >>> Byte.SIZE * i);
        }
    }

    /** Copies 8 bytes. */
    static void copyLong(byte[] from, int start, byte[] to, int at) {
        LONGS.set(to, at, (long) LONGS.get(from, start));
    }
}
