package dev.otapair.protocol.testing;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** All texts that are one byte away from another one. */
public final class ByteEdits {
    private ByteEdits() {}

    /** Hands out the text with each byte in turn changed to each other value, left out, or doubled; each array is a new one. */
    public static void forEach(byte[] text, Consumer<byte[]> each) {
        for (int at = 0; at < text.length; at++) {
            for (int value = 0; value < 256; value++) {
                if ((byte) value != text[at]) {
                    byte[] changed = text.clone();
                    changed[at] = (byte) value;
                    each.accept(changed);
                }
            }
            each.accept(without(text, at));
            each.accept(twice(text, at));
        }
    }

    /** Hands out what is left of the text after each cut. */
    public static void forEachCut(byte[] text, Consumer<byte[]> each) {
        IntStream.range(0, text.length).forEach(end -> each.accept(Arrays.copyOf(text, end)));
    }

    private static byte[] without(byte[] text, int at) {
        byte[] shorter = Arrays.copyOf(text, text.length - 1);
        System.arraycopy(text, at + 1, shorter, at, shorter.length - at);
        return shorter;
    }

    private static byte[] twice(byte[] text, int at) {
        byte[] longer = Arrays.copyOf(text, text.length + 1);
        System.arraycopy(text, at, longer, at + 1, text.length - at);
        return longer;
    }
}
