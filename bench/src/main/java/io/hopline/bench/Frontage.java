package io.hopline.bench;

import java.util.List;

/** Where every balancer of a rig is spoken to, and what stands behind it. */
final class Frontage {
    /** On the guests' own network. */
    static final String VIP = "10.99.0.100";

    static final String VIP_MAC = "02:00:0a:63:00:64";
    static final int HTTP_PORT = 80;
    /** HTTP/2 in clear text, by prior knowledge. */
    static final int HTTP2_PORT = 81;

    static final int TLS_PORT = 443;
    /** TCP port of the guests' servers. */
    static final int BACKEND_PORT = 80;

    private Frontage() {}

    static String url(String path) {
        return "http://" + VIP + path;
    }

    static String tlsUrl(String path) {
        return "https://" + VIP + path;
    }

    /** The guests that serve; the client is not one of them. */
    static List<Rig.Guest> backends(Rig rig) {
        return rig.guests().subList(1, rig.guests().size());
    }
}
