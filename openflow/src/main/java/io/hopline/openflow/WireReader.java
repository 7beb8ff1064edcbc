package io.hopline.openflow;

import java.util.Arrays;

/** Reads big-endian numbers from a stretch of bytes; running over its end is the OpenFlow error given for it. */
final class WireReader {
    private final byte[] bytes;
    private final int limit;
    private final OpenFlowError tooShort;
    private int position;

    WireReader(byte[] bytes, int from, int to, OpenFlowError tooShort) {
        this.bytes = bytes;
        this.position = from;
        this.limit = to;
        this.tooShort = tooShort;
    }

    int remaining() {
        return limit - position;
    }

    int position() {
        return position;
    }

    private int advance(int lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > remaining()) {
            throw new OpenFlowException(tooShort, lengthBytes + " bytes wanted, " + remaining() + " left");
        }
        int at = position;
        position += lengthBytes;
        return at;
    }

    int u8() {
        return bytes[advance(1)] & 0xff;
    }

    int u16() {
        int at = advance(2);
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    int u32() {
        return u16() << 16 | u16();
    }

    long u64() {
        return (long) u32() << 32 | u32() & 0xffff_ffffL;
    }

    /** An unsigned number of {@code lengthBytes} bytes, at most 8. */
    long number(int lengthBytes) {
        int at = advance(lengthBytes);
        long value = 0;
        for (int i = 0; i < lengthBytes; i++) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }

    Bytes bytes(int lengthBytes) {
        int at = advance(lengthBytes);
        return Bytes.of(Arrays.copyOfRange(bytes, at, at + lengthBytes));
    }

    Bytes rest() {
        return bytes(remaining());
    }

    /** Text that ends at the first zero byte or after {@code lengthBytes}; bytes outside printable ASCII become '?'. */
    String text(int lengthBytes) {
        int at = advance(lengthBytes);
        StringBuilder text = new StringBuilder();
        for (int i = at; i < at + lengthBytes && bytes[i] != 0; i++) {
            text.append(bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char) bytes[i] : '?');
        }
        return text.toString();
    }

    void skip(int lengthBytes) {
        advance(lengthBytes);
    }

    /** The next {@code lengthBytes} bytes as a reader of their own, whose end is {@code error}. */
    WireReader take(int lengthBytes, OpenFlowError error) {
        if (lengthBytes < 0 || lengthBytes > remaining()) {
            throw new OpenFlowException(error, "length " + lengthBytes + " where " + remaining() + " bytes are left");
        }
        int at = advance(lengthBytes);
        return new WireReader(bytes, at, at + lengthBytes, error);
    }

    /** A 16-bit number {@code offsetBytes} ahead, without moving. */
    int peekU16(int offsetBytes) {
        if (offsetBytes + 2 > remaining()) {
            throw new OpenFlowException(tooShort, "2 bytes wanted at " + offsetBytes + ", " + remaining() + " left");
        }
        int at = position + offsetBytes;
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    int peekU32(int offsetBytes) {
        return peekU16(offsetBytes) << 16 | peekU16(offsetBytes + 2);
    }

    void requireEnd() {
        if (remaining() != 0) {
            throw new OpenFlowException(tooShort, remaining() + " bytes too many");
        }
    }
}
