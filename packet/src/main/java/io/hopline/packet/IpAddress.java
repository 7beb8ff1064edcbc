package io.hopline.packet;

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

    /** The address as on the wire: 4 or 16 bytes. */
    byte[] bytes();
}
