package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A virtual layer 2 network with one IPv4 subnet and, where wanted, one IPv6 subnet beside it.
 *
 * @param name at most 11 characters, so that its service port {@code svc-<name>} fits into 15
 * @param vni VXLAN network identifier, 1 to 2^24 - 1
 * @param subnet6 null for a network in which guests may speak IPv6 among themselves as they like
 * @param exposed true when clients outside reach its addresses through the uplink
 */
public record Network(
        String name, int vni, Subnet subnet, @Nullable Subnet6 subnet6, boolean exposed) {
    static final int MAX_VNI = (1 << 24) - 1;
    static final String SERVICE_PORT_PREFIX = "svc-";

    public Network {
        Fields.name("name", name, Fields.PORT_NAME_CHARS - SERVICE_PORT_PREFIX.length());
        Fields.range("vni", vni, 1, MAX_VNI);
    }

    Optional<Subnet6> ipv6() {
        return Optional.ofNullable(subnet6);
    }

    /** Conntrack zones have 16 bits; the state keeps them unique among networks. */
    int zone() {
        return vni & 0xffff;
    }

    /** The same on every host, so that a guest that moves keeps its ARP entry. */
    MacAddress gatewayMac() {
        return mac(subnet.gateway());
    }

    MacAddress servicePortMac() {
        return mac(subnet.servicePort());
    }

    /** From these our own health checks and proxies connect to guests. */
    List<IpAddress> servicePortAddresses() {
        List<IpAddress> addresses = new ArrayList<>();
        addresses.add(subnet.servicePort());
        ipv6().ifPresent(six -> addresses.add(six.address(servicePortMac())));
        return addresses;
    }

    String servicePortName() {
        return SERVICE_PORT_PREFIX + name;
    }

    /** Locally administered address: {@code 02}, the VNI's three bytes, the IP address's low two. */
    MacAddress mac(Ipv4Address ip) {
        return new MacAddress(0x02L << 40 | (long) vni << 16 | (ip.bits() & 0xffff));
    }

    /** True for the addresses that no guest and no service may have. */
    boolean isReserved(Ipv4Address ip) {
        return ip.equals(subnet.base())
                || ip.equals(subnet.gateway())
                || ip.equals(subnet.servicePort())
                || ip.equals(subnet.broadcast());
    }
}
