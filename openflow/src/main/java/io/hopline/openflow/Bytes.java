package io.hopline.openflow;

import java.util.Arrays;
import java.util.HexFormat;

/** An immutable run of bytes that compares by content, for the parts of messages that are opaque. */
public final class Bytes {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** Copies {@code content}. */
    public static Bytes of(byte... content) {
        return content.length == 0 ? EMPTY : new Bytes(content.clone());
    }

    /** Reads pairs of hexadecimal digits without separators. */
    public static Bytes parse(String hex) {
        return new Bytes(HexFormat.of().parseHex(hex));
    }

    public int length() {
        return content.length;
    }

    public byte at(int index) {
        return content[index];
    }

    /** A copy that the caller owns. */
    public byte[] toArray() {
        return content.clone();
    }

    /** The first {@code lengthBytes} bytes, or all when there are fewer. */
    public Bytes prefix(int lengthBytes) {
        return lengthBytes >= content.length ? this : new Bytes(Arrays.copyOf(content, lengthBytes));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(content);
    }
}
