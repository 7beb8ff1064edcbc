package io.hopline.sla;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Small numbers in few bytes: LEB128, seven bits a byte, least first; text as UTF-8 after its length. */
final class RowWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);

    /** Writes a number; one from 0 on takes one byte per seven bits. */
    RowWriter number(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    /** Writes a number that may be negative: its sign comes last (ZigZag). */
    RowWriter signed(long value) {
        return number(value << 1 ^ value >> 63);
    }

    RowWriter text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
