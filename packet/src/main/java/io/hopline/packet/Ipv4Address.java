package io.hopline.packet;

/**
 * An IPv4 address as a big-endian int.
 *
 * @param bits the address, first byte on the wire highest
 */
public record Ipv4Address(int bits) implements IpAddress {
    /**
     * Reads {@code 10.0.1.11}.
     *
     * @throws IllegalArgumentException naming the text when it is not four decimal bytes
     */
    public static Ipv4Address parse(String text) {
        String[] parts = text.split("\\.", -1);
        int bits = 0;
        if (parts.length == 4) {
            for (String part : parts) {
                if (!part.matches("[0-9]{1,3}") || Integer.parseInt(part) > 255) {
                    throw new IllegalArgumentException("not an IPv4 address: '" + text + "'");
                }
                bits = bits << 8 | Integer.parseInt(part);
            }
            return new Ipv4Address(bits);
        }
        throw new IllegalArgumentException("not an IPv4 address: '" + text + "'");
    }

    @Override
    public long high() {
        return 0;
    }

    @Override
    public long low() {
        return bits & 0xffff_ffffL;
    }

    @Override
    public byte[] bytes() {
        return new byte[] {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits};
    }

    @Override
    public String toString() {
        return (bits >>> 24) + "." + (bits >>> 16 & 0xff) + "." + (bits >>> 8 & 0xff) + "." + (bits & 0xff);
    }
}
