package io.hopline.controller;

import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;

/**
 * An IPv6 prefix of 64 bits, in which each guest has the address that it makes itself from its MAC address
 * (RFC 4862): nothing is handed out, and the controller knows the address all the same.
 *
 * @param base first address, host bits zero
 */
public record Subnet6(Ipv6Address base) {
    static final int PREFIX = 64;

    public Subnet6 {
        if (base.low() != 0) {
            throw StateException.invalid(
                    "subnet6",
                    base + "/64 has host bits set; did you mean " + new Ipv6Address(base.high(), 0) + "/64?");
        }
        boolean global = base.high() >>> 61 == 1;
        boolean uniqueLocal = base.high() >>> 57 == 0xfc >>> 1;
        if (!global && !uniqueLocal) {
            throw StateException.invalid(
                    "subnet6", base + "/64 holds no addresses for guests; take one of 2000::/3 or fc00::/7");
        }
    }

    /**
     * Reads {@code fd00:1::/64}.
     *
     * @throws StateException naming {@code subnet6} and what is wrong with the text
     */
    static Subnet6 parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
            throw StateException.invalid(
                    "subnet6", "not an IPv6 subnet like fd00:1::/64: '" + Fields.shown(text) + "'");
        }
        if (Integer.parseInt(text.substring(slash + 1)) != PREFIX) {
            throw StateException.invalid(
                    "subnet6",
                    "prefix length must be 64, in which guests make their own addresses, not "
                            + text.substring(slash + 1));
        }
        try {
            return new Subnet6(Ipv6Address.parse(text.substring(0, slash)));
        } catch (IllegalArgumentException e) {
            throw StateException.invalid(
                    "subnet6", "not an IPv6 subnet like fd00:1::/64: '" + Fields.shown(text) + "'");
        }
    }

    Ipv6Address address(MacAddress mac) {
        return Ipv6Address.of(base.high(), mac);
    }

    boolean contains(Ipv6Address address) {
        return address.high() == base.high();
    }

    @Override
    public String toString() {
        return base + "/" + PREFIX;
    }
}
