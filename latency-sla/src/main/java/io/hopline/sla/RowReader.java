package io.hopline.sla;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads what {@link RowWriter} wrote. Whatever cannot be is an {@link IllegalArgumentException}. */
final class RowReader {
    private static final int MAX_TEXT_BYTES = 1024;

    private final ByteBuffer in;

    RowReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!in.hasRemaining()) {
                throw new IllegalArgumentException("ends early");
            }
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits at " + in.position());
    }

    long signed() {
        long value = number();
        return value >>> 1 ^ -(value & 1);
    }

    /** A number from 0 to {@code max}. */
    int size(int max) {
        long value = number();
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(value + " at " + in.position() + " is not in 0.." + max);
        }
        return (int) value;
    }

    String text() {
        int length = size(Math.min(MAX_TEXT_BYTES, in.remaining()));
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    boolean atEnd() {
        return !in.hasRemaining();
    }
}
