package io.hopline.openflow;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * Where an OpenFlow connection is made, in Open vSwitch's notation: {@code tcp:HOST:PORT} and {@code unix:PATH} connect,
 * {@code ptcp:PORT[:IP]} and {@code punix:PATH} listen. An IPv6 address stands in brackets.
 *
 * @param passive true to listen, false to connect
 * @param text the notation, for messages
 */
public record OpenFlowAddress(boolean passive, SocketAddress socketAddress, String text) {
    /** The port that IANA gave OpenFlow. */
    public static final int DEFAULT_PORT = 6653;

    /**
     * Reads the notation.
     *
     * @throws IllegalArgumentException saying what is wrong with the text
     */
    public static OpenFlowAddress parse(String text) {
        int colon = text.indexOf(':');
        String scheme = colon < 0 ? text : text.substring(0, colon);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        return switch (scheme) {
            case "tcp" -> new OpenFlowAddress(false, connectAddress(text, rest), text);
            case "ptcp" -> new OpenFlowAddress(true, listenAddress(text, rest), text);
            case "unix" -> new OpenFlowAddress(false, path(text, rest), text);
            case "punix" -> new OpenFlowAddress(true, path(text, rest), text);
            case "ssl", "pssl" ->
                throw new IllegalArgumentException(
                        "'" + text + "': OpenFlow over TLS is not supported, use tcp: or unix:");
            default ->
                throw new IllegalArgumentException("not an OpenFlow address: '" + text
                        + "' (tcp:HOST:PORT, unix:PATH, ptcp:PORT[:IP] or punix:PATH)");
        };
    }

    public StandardProtocolFamily family() {
        return switch (socketAddress) {
            case UnixDomainSocketAddress _ -> StandardProtocolFamily.UNIX;
            case InetSocketAddress inet when inet.getAddress() instanceof Inet6Address -> StandardProtocolFamily.INET6;
            default -> StandardProtocolFamily.INET;
        };
    }

    private static SocketAddress path(String text, String path) {
        if (path.isEmpty()) {
            throw new IllegalArgumentException("no socket path in '" + text + "'");
        }
        return UnixDomainSocketAddress.of(Path.of(path));
    }

    private static SocketAddress connectAddress(String text, String hostAndPort) {
        int colon = hostAndPort.endsWith("]") ? -1 : hostAndPort.lastIndexOf(':');
        String host = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
        if (host.isEmpty()) {
            throw new IllegalArgumentException("no host in '" + text + "'");
        }
        return new InetSocketAddress(
                unbracket(host), colon < 0 ? DEFAULT_PORT : port(text, hostAndPort.substring(colon + 1)));
    }

    private static SocketAddress listenAddress(String text, String portAndIp) {
        int colon = portAndIp.indexOf(':');
        int port =
                portAndIp.isEmpty() ? DEFAULT_PORT : port(text, colon < 0 ? portAndIp : portAndIp.substring(0, colon));
        return colon < 0
                ? new InetSocketAddress(port)
                : new InetSocketAddress(unbracket(portAndIp.substring(colon + 1)), port);
    }

    private static String unbracket(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(String text, String digits) {
        if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > 65535) {
            throw new IllegalArgumentException("not a port number: '" + digits + "' in '" + text + "'");
        }
        return Integer.parseInt(digits);
    }

    @Override
    public String toString() {
        return text;
    }
}
