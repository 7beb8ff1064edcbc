package io.hopline.packet;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * An IPv6 address.
 *
 * @param high first eight bytes on the wire, big-endian
 * @param low last eight bytes
 */
public record Ipv6Address(long high, long low) implements IpAddress {
    private static final int GROUPS = 8;

    /**
     * Reads the forms of RFC 4291, section 2.2: {@code fd00::11}; no zone.
     *
     * @throws IllegalArgumentException naming the text when it is none of them
     */
    public static Ipv6Address parse(String text) {
        if (text.matches("[0-9a-fA-F:.]+")) {
            InetAddress address;
            try {
                address = Inet6Address.ofLiteral(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("not an IPv6 address: '" + text + "'", e);
            }
            // Java takes ::ffff:10.0.1.11 for the IPv4 address inside, which is not what was written.
            if (address instanceof Inet6Address) {
                ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
                return new Ipv6Address(bytes.getLong(), bytes.getLong());
            }
        }
        throw new IllegalArgumentException("not an IPv6 address: '" + text + "'");
    }

    @Override
    public byte[] bytes() {
        return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    /** The address a host makes itself from a 64-bit prefix and its hardware address (RFC 4291, appendix A). */
    public static Ipv6Address of(long prefixHigh, MacAddress mac) {
        long bits = mac.bits() ^ 0x02L << 40;
        return new Ipv6Address(prefixHigh, (bits >>> 24) << 40 | 0xff_fe00_0000L | bits & 0xff_ffff);
    }

    /** The address by which a host is known on its own link before it has any other (RFC 4291, section 2.5.6). */
    public static Ipv6Address linkLocal(MacAddress mac) {
        return of(0xfe80L << 48, mac);
    }

    /** True for what {@link #of} gives: the middle of a hardware address is filled with {@code ff:fe}. */
    public static boolean isMadeOfMac(Ipv6Address address) {
        return (address.low >>> 24 & 0xffff) == 0xfffe;
    }

    /** Meaningful on one link only (fe80::/10). */
    public boolean isLinkLocal() {
        return high >>> 54 == 0xfe80 >>> 6;
    }

    private int group(int index) {
        return (int) ((index < 4 ? high : low) >>> 48 - 16 * (index & 3)) & 0xffff;
    }

    /** The canonical text (RFC 5952, section 4): the first of the longest runs of zero groups is {@code ::}. */
    @Override
    public String toString() {
        int runStart = GROUPS;
        int runLength = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && group(end) == 0) {
                end++;
            }
            if (end - i > runLength) {
                runStart = i;
                runLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == runStart) {
                text.append("::");
                i += runLength - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(group(i)));
            }
        }
        return text.toString();
    }
}
