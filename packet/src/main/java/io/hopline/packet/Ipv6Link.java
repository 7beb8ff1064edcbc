package io.hopline.packet;

/**
 * What hosts of a link are told by its router (RFC 4861, section 4.2).
 *
 * @param prefixHigh the first 64 bits of every address: a prefix shorter or longer leaves no room for, or nothing of, the
 *     identifiers that hosts make themselves (RFC 4862, section 5.5.3)
 * @param router hardware address of the default router
 * @param mtuBytes 1280 or more
 */
public record Ipv6Link(long prefixHigh, MacAddress router, int mtuBytes) {
    public Ipv6Link {
        if (mtuBytes < Ipv6.MIN_MTU) {
            throw new IllegalArgumentException("IPv6 needs an MTU of 1280 bytes, not " + mtuBytes);
        }
    }
}
