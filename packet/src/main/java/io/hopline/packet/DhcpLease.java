package io.hopline.packet;

import java.util.List;

/**
 * What a DHCP client is told: its address and how to use it (options of RFC 2132).
 *
 * @param ip the address that belongs to the client
 * @param prefixLength of the subnet, 0 to 32 (option 1)
 * @param router the gateway (option 3); also named as the server (option 54), as which it answers
 * @param serverMac hardware address the answer comes from
 * @param leaseSeconds option 51; renewal and rebinding (58, 59) are half and seven eighths of it
 * @param mtuBytes interface MTU, 68 to 65535 (option 26)
 * @param dnsServers option 6; may be empty
 */
public record DhcpLease(
        Ipv4Address ip,
        int prefixLength,
        Ipv4Address router,
        MacAddress serverMac,
        int leaseSeconds,
        int mtuBytes,
        List<Ipv4Address> dnsServers) {
    /** More DNS servers than this do not fit a reply and help nobody. */
    public static final int MAX_DNS_SERVERS = 8;

    public DhcpLease {
        if (prefixLength < 0 || prefixLength > 32) {
            throw new IllegalArgumentException("a prefix has 0 to 32 bits, not " + prefixLength);
        }
        if (leaseSeconds < 60) {
            throw new IllegalArgumentException("a lease lasts at least 60 s, not " + leaseSeconds);
        }
        if (mtuBytes < 68 || mtuBytes > 65_535) {
            throw new IllegalArgumentException("an MTU is 68 to 65535 bytes, not " + mtuBytes);
        }
        if (dnsServers.size() > MAX_DNS_SERVERS) {
            throw new IllegalArgumentException("at most " + MAX_DNS_SERVERS + " DNS servers, not " + dnsServers.size());
        }
        dnsServers = List.copyOf(dnsServers);
    }

    /** The prefix as a mask, for example 255.255.255.0. */
    public Ipv4Address subnetMask() {
        return new Ipv4Address(prefixLength == 0 ? 0 : -1 << (32 - prefixLength));
    }
}
