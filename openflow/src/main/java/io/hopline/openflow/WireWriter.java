package io.hopline.openflow;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Appends big-endian numbers to a growing array; lengths are filled in behind. */
final class WireWriter {
    private byte[] bytes = new byte[256];
    private int length;

    int position() {
        return length;
    }

    private int grow(int lengthBytes) {
        if (length + lengthBytes > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + lengthBytes));
        }
        int at = length;
        length += lengthBytes;
        return at;
    }

    WireWriter u8(int value) {
        // The array is looked up after it grew, not before.
        int at = grow(1);
        bytes[at] = (byte) value;
        return this;
    }

    WireWriter u16(int value) {
        return number(value, 2);
    }

    WireWriter u32(int value) {
        return number(value, 4);
    }

    WireWriter u64(long value) {
        return number(value, 8);
    }

    /** The low {@code lengthBytes} bytes of {@code value}, at most 8. */
    WireWriter number(long value, int lengthBytes) {
        int at = grow(lengthBytes);
        for (int i = 0; i < lengthBytes; i++) {
            bytes[at + i] = (byte) (value >>> 8 * (lengthBytes - 1 - i));
        }
        return this;
    }

    WireWriter bytes(Bytes content) {
        int at = grow(content.length());
        System.arraycopy(content.toArray(), 0, bytes, at, content.length());
        return this;
    }

    WireWriter zeros(int lengthBytes) {
        grow(lengthBytes);
        return this;
    }

    /** ASCII text in a field of {@code fieldBytes}, cut so that a zero byte ends it. */
    WireWriter text(String text, int fieldBytes) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        int used = Math.min(ascii.length, fieldBytes - 1);
        bytes(Bytes.of(Arrays.copyOf(ascii, used)));
        return zeros(fieldBytes - used);
    }

    /** Zeros until the distance from {@code start} is a multiple of 8. */
    WireWriter padFrom(int start) {
        return zeros(-(length - start) & 7);
    }

    /** Writes the distance from {@code start} to here as 16 bits at {@code at}. */
    void patchLength(int at, int start) {
        int value = length - start;
        if (value > OpenFlow.MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException("an OpenFlow structure has at most 65535 bytes, not " + value);
        }
        patchU16(at, value);
    }

    void patchU16(int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }
}
