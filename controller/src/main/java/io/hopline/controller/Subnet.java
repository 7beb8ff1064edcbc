package io.hopline.controller;

import io.hopline.packet.Ipv4Address;

/**
 * An IPv4 prefix whose addresses a network hands out.
 *
 * @param base first address, host bits zero
 * @param prefix prefix length in bits, 16 to 29: MAC addresses carry the low 16 bits of the address, and below 29 there
 *     is no room for gateway, service port and guests
 */
public record Subnet(Ipv4Address base, int prefix) {
    static final int MIN_PREFIX = 16;
    static final int MAX_PREFIX = 29;

    public Subnet {
        if (prefix < MIN_PREFIX || prefix > MAX_PREFIX) {
            throw StateException.invalid("subnet", "prefix length must be 16 to 29, not " + prefix);
        }
        if ((base.bits() & ~mask(prefix)) != 0) {
            throw StateException.invalid(
                    "subnet",
                    base + "/" + prefix + " has host bits set; did you mean "
                            + new Ipv4Address(base.bits() & mask(prefix)) + "/" + prefix + "?");
        }
        int first = base.bits() >>> 24;
        if (first == 0 || first == 127 || first >= 224) {
            throw StateException.invalid("subnet", base + "/" + prefix + " holds no unicast addresses for guests");
        }
    }

    /**
     * Reads {@code 10.0.1.0/24}.
     *
     * @throws StateException naming {@code subnet} and what is wrong with the text
     */
    static Subnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,2}")) {
            throw StateException.invalid("subnet", "not an IPv4 subnet like 10.0.1.0/24: '" + text + "'");
        }
        return new Subnet(
                Fields.address("subnet", text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    boolean contains(Ipv4Address address) {
        return (address.bits() & mask(prefix)) == base.bits();
    }

    boolean overlaps(Subnet other) {
        int shorter = mask(Math.min(prefix, other.prefix));
        return (base.bits() & shorter) == (other.base.bits() & shorter);
    }

    /** First address: the network's gateway, which every host answers for. */
    Ipv4Address gateway() {
        return new Ipv4Address(base.bits() + 1);
    }

    /** Last unicast address: the service port, source of health checks and of the L7 proxy's connections. */
    Ipv4Address servicePort() {
        return new Ipv4Address(base.bits() + size() - 2);
    }

    Ipv4Address broadcast() {
        return new Ipv4Address(base.bits() + size() - 1);
    }

    /** Number of addresses, network and broadcast address included. */
    int size() {
        return 1 << (32 - prefix);
    }

    int maskBits() {
        return mask(prefix);
    }

    private static int mask(int prefix) {
        return -1 << (32 - prefix);
    }

    @Override
    public String toString() {
        return base + "/" + prefix;
    }
}
