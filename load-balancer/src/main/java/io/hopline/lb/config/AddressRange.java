package io.hopline.lb.config;

import java.net.InetAddress;
import java.util.List;

/**
 * The addresses that share a prefix.
 *
 * @param bits length of the prefix
 */
public record AddressRange(InetAddress address, int bits) {
    /** Reads {@code 10.0.0.0/8}, {@code fd00::/8} or a single address. */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int all = address.getAddress().length * 8;
            int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
            ProxySettings.within("prefix", bits, 0, all);
            return new AddressRange(address, bits);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("trusted must be addresses or ADDRESS/BITS, not '" + text + "'", e);
        }
    }

    public static boolean anyContains(List<AddressRange> ranges, InetAddress other) {
        for (AddressRange range : ranges) {
            if (range.contains(other)) {
                return true;
            }
        }
        return false;
    }

    boolean contains(InetAddress other) {
        byte[] ours = address.getAddress();
        byte[] theirs = other.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            if (((ours[i / 8] ^ theirs[i / 8]) & 0x80 >>> i % 8) != 0) {
                return false;
            }
        }
        return true;
    }
}
