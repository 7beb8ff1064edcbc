package io.hopline.lb.http;

import io.hopline.packet.IpAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses as messages have them: of IPv6 in the one form that RFC 5952 leaves. */
public final class AddressText {
    private AddressText() {}

    /** {@code 10.0.1.9} or {@code fd00:1::9}. */
    public static String of(InetAddress address) {
        return address instanceof Inet6Address
                ? IpAddress.of(address.getAddress()).toString()
                : address.getHostAddress();
    }

    /** {@code 10.0.1.9:80} or {@code [fd00:1::9]:80}. */
    public static String of(InetSocketAddress address) {
        String text = of(address.getAddress());
        return (address.getAddress() instanceof Inet6Address ? "[" + text + "]" : text) + ":" + address.getPort();
    }
}
