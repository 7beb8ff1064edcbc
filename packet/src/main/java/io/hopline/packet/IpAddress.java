package io.hopline.packet;

import java.nio.ByteBuffer;

/** An address of either IP version. */
public sealed interface IpAddress permits Ipv4Address, Ipv6Address {
    /**
     * Reads {@code 10.0.1.11} or {@code fd00::11}.
     *
     * @throws IllegalArgumentException naming the text when it is neither
     */
    static IpAddress parse(String text) {
        return text.contains(":") ? Ipv6Address.parse(text) : Ipv4Address.parse(text);
    }

    /**
     * Takes what {@link #bytes} gives.
     *
     * @throws IllegalArgumentException when it is neither 4 nor 16 bytes
     */
    static IpAddress of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case 4 -> new Ipv4Address(buffer.getInt());
            case 16 -> new Ipv6Address(buffer.getLong(), buffer.getLong());
            default -> throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /**
     * Takes what {@link #high} and {@link #low} give. An IPv6 address with nothing above its low 32 bits is taken for an IPv4 address;
     * in packets there is none but "unspecified" (RFC 4291, sections 2.5.2, 2.5.3 and 2.5.5.1).
     */
    static IpAddress of(long high, long low) {
        return high == 0 && low >>> 32 == 0 ? new Ipv4Address((int) low) : new Ipv6Address(high, low);
    }

    /** The address as on the wire: 4 or 16 bytes. */
    byte[] bytes();

    /** First eight of 16 bytes, big-endian; of IPv4 zero. */
    long high();

    /** Last eight of 16 bytes, big-endian; of IPv4 the address in the low 32 bits. */
    long low();
}
