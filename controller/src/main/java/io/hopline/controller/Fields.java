package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import java.util.regex.Pattern;

/** What single fields of a request may look like; each refusal names the field and shows the offending text. */
final class Fields {
    /** A port's name in OpenFlow and in the kernel has at most 15 characters. */
    static final int PORT_NAME_CHARS = 15;

    private static final int MAX_LABEL_CHARS = 63;

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?");

    private Fields() {}

    /** A name of letters, digits and inner {@code - _ .}, at most {@code maxChars} long. */
    static String name(String field, String text, int maxChars) {
        if (text.isEmpty()) {
            throw StateException.invalid(field, "is empty");
        }
        if (text.length() > maxChars) {
            throw StateException.invalid(field, "is longer than " + maxChars + " characters: '" + shown(text) + "'");
        }
        if (!NAME.matcher(text).matches()) {
            throw StateException.invalid(
                    field, "must be letters, digits and inner '-', '_' or '.': '" + shown(text) + "'");
        }
        return text;
    }

    static Ipv4Address address(String field, String text) {
        try {
            return Ipv4Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw StateException.invalid(field, "not an IPv4 address like 10.0.1.11: '" + shown(text) + "'");
        }
    }

    static Ipv6Address ipv6(String field, String text) {
        try {
            return Ipv6Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw StateException.invalid(field, "not an IPv6 address like fd00:1::11: '" + shown(text) + "'");
        }
    }

    /** An address of either IP version. */
    static IpAddress anyAddress(String field, String text) {
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw StateException.invalid(field, "not an IP address like 10.0.1.11 or fd00::11: '" + shown(text) + "'");
        }
    }

    static MacAddress mac(String field, String text) {
        try {
            return MacAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw StateException.invalid(field, "not a MAC address like 02:00:0a:00:01:0b: '" + shown(text) + "'");
        }
    }

    /** A label's key and value: each as a {@link #name}, a value may be empty. */
    static void label(String field, String key, String value) {
        name(field, key, MAX_LABEL_CHARS);
        if (!value.isEmpty()) {
            name(field, value, MAX_LABEL_CHARS);
        }
    }

    /** A TCP or UDP port, 1 to 65535. */
    static int port(String field, String text) {
        if (text.matches("[0-9]{1,5}")) {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65535) {
                return port;
            }
        }
        throw StateException.invalid(field, "port must be 1 to 65535, not '" + shown(text) + "'");
    }

    static int range(String field, long value, int min, int max) {
        if (value < min || value > max) {
            throw StateException.invalid(field, "must be " + min + " to " + max + ", not " + value);
        }
        return (int) value;
    }

    /** Cuts what a stranger sent, so that an error never echoes a megabyte. */
    static String shown(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= 80 ? plain : plain.substring(0, 80) + "...";
    }
}
