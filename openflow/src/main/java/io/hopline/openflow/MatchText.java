package io.hopline.openflow;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads a match as {@code ovs-ofctl} takes it: {@code in_port=1,tcp,nw_src=10.0.1.0/24,tp_dst=80}. */
public final class MatchText {
    private static final Map<String, int[]> SHORT = Map.ofEntries(
            Map.entry("ip", new int[] {0x0800}),
            Map.entry("icmp", new int[] {0x0800, 1}),
            Map.entry("tcp", new int[] {0x0800, 6}),
            Map.entry("udp", new int[] {0x0800, 17}),
            Map.entry("sctp", new int[] {0x0800, 132}),
            Map.entry("ipv6", new int[] {0x86dd}),
            Map.entry("icmp6", new int[] {0x86dd, 58}),
            Map.entry("tcp6", new int[] {0x86dd, 6}),
            Map.entry("udp6", new int[] {0x86dd, 17}),
            Map.entry("sctp6", new int[] {0x86dd, 132}),
            Map.entry("arp", new int[] {0x0806}));

    private MatchText() {}

    /**
     * Reads a match; fields may stand in any order as long as what they need stands before them.
     *
     * @throws OpenFlowException naming the part that cannot be read
     */
    public static Match parse(String text) {
        Match match = Match.ANY;
        for (String part : text.split(",", -1)) {
            String trimmed = part.strip();
            if (!trimmed.isEmpty()) {
                List<FieldMatch> fields = new ArrayList<>(match.fields());
                fields.addAll(fields(trimmed, match));
                match = new Match(fields).requirePrerequisites();
            }
        }
        return match;
    }

    private static List<FieldMatch> fields(String part, Match before) {
        int equals = part.indexOf('=');
        String name = (equals < 0 ? part : part.substring(0, equals)).strip().toLowerCase(Locale.ROOT);
        if (equals < 0) {
            int[] numbers = SHORT.get(name);
            if (numbers == null) {
                throw unreadable(
                        part, "is neither FIELD=VALUE nor one of ip, tcp, udp, icmp, arp, ipv6, tcp6, udp6, icmp6");
            }
            List<FieldMatch> fields = new ArrayList<>();
            fields.add(FieldMatch.exact(OxmField.ETH_TYPE, numbers[0]));
            if (numbers.length > 1) {
                fields.add(FieldMatch.exact(OxmField.IP_PROTO, numbers[1]));
            }
            return fields;
        }
        String value = part.substring(equals + 1).strip();
        try {
            return List.of(field(name, value, before));
        } catch (IllegalArgumentException e) {
            throw unreadable(part, String.valueOf(e.getMessage()));
        }
    }

    private static FieldMatch field(String name, String value, Match before) {
        if (name.equals("dl_vlan")) {
            return FieldMatch.exact(OxmField.VLAN_VID, OpenFlow.VID_PRESENT | number(value));
        }
        if (name.equals("vlan_tci") && number(value) == 0) {
            return FieldMatch.exact(OxmField.VLAN_VID, 0);
        }
        List<OxmField> candidates = FieldText.fields(name);
        for (OxmField field : candidates) {
            if (candidates.size() == 1 || field.prerequisite().holds(before)) {
                return value(field, value);
            }
        }
        throw new IllegalArgumentException(
                candidates.isEmpty() ? "no field has this name" : "needs tcp, udp, icmp or the like before it");
    }

    private static FieldMatch value(OxmField field, String text) {
        if (field == OxmField.CT_STATE) {
            return ctState(text);
        }
        int slash = text.indexOf('/');
        long[] value = bits(field, slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return FieldMatch.exact(field, value[0], value[1]);
        }
        long[] mask = mask(field, text.substring(slash + 1));
        return new FieldMatch(field, value[0] & mask[0], value[1] & mask[1], mask[0], mask[1], true);
    }

    private static long[] bits(OxmField field, String text) {
        return switch (FieldText.form(field)) {
            case MAC -> new long[] {0, MacAddress.parse(text).bits()};
            case IPV4 -> new long[] {0, Ipv4Address.parse(text).bits() & 0xffff_ffffL};
            case IPV6 -> {
                Ipv6Address address = Ipv6Address.parse(text);
                yield new long[] {address.high(), address.low()};
            }
            case PORT -> new long[] {0, port(text)};
            case DECIMAL, HEXADECIMAL, CT_STATE -> new long[] {0, number(text)};
        };
    }

    private static long[] mask(OxmField field, String text) {
        boolean isAddress =
                FieldText.form(field) == FieldText.Form.IPV4 || FieldText.form(field) == FieldText.Form.IPV6;
        if (!isAddress || !text.matches("[0-9]{1,3}")) {
            return bits(field, text);
        }
        int prefix = Integer.parseInt(text);
        if (prefix < 1 || prefix > field.bits()) {
            throw new IllegalArgumentException("a prefix has 1 to " + field.bits() + " bits");
        }
        if (field.bits() == 32) {
            return new long[] {0, 0xffff_ffffL << 32 - prefix & 0xffff_ffffL};
        }
        return new long[] {prefix >= 64 ? -1 : -1L << 64 - prefix, prefix <= 64 ? 0 : -1L << 128 - prefix};
    }

    private static FieldMatch ctState(String text) {
        if (!text.matches("([+-][a-z]+)+")) {
            throw new IllegalArgumentException("is written like +trk+new-rpl");
        }
        long value = 0;
        long mask = 0;
        for (String flag : text.split("(?=[+-])")) {
            int bit = FieldText.ctBit(flag.substring(1));
            if (bit < 0) {
                throw new IllegalArgumentException("'" + flag.substring(1) + "' is no state of a connection");
            }
            mask |= 1L << bit;
            value |= flag.startsWith("+") ? 1L << bit : 0;
        }
        return FieldMatch.masked(OxmField.CT_STATE, value, mask);
    }

    private static long port(String text) {
        return switch (text.toUpperCase(Locale.ROOT)) {
            case "LOCAL" -> OpenFlow.PORT_LOCAL & 0xffff_ffffL;
            case "CONTROLLER" -> OpenFlow.PORT_CONTROLLER & 0xffff_ffffL;
            default -> number(text);
        };
    }

    private static long number(String text) {
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no number", e);
        }
    }

    private static OpenFlowException unreadable(String part, String why) {
        String shown = part.length() > 60 ? part.substring(0, 60) + "..." : part;
        return new OpenFlowException(OpenFlowError.BAD_MATCH_VALUE, "'" + shown + "' " + why);
    }
}
