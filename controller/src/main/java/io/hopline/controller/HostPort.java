package io.hopline.controller;

/**
 * Where to listen, as {@code 127.0.0.1:8080} or {@code [::1]:8080}.
 *
 * @param port 0 to 65535; 0 lets the kernel choose
 */
record HostPort(String host, int port) {
    /** @throws ControllerException naming the text */
    static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        String port = text.substring(colon + 1);
        if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new ControllerException("not an address and port like 127.0.0.1:8080: '" + text + "'");
        }
        return new HostPort(host, Integer.parseInt(port));
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
