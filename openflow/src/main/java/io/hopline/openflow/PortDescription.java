package io.hopline.openflow;

import io.hopline.packet.MacAddress;

/**
 * A port as a switch describes it (OpenFlow 1.3.5 section 7.2.1).
 *
 * @param name up to 15 bytes of ASCII
 * @param config {@link OpenFlow#PORT_CONFIG_DOWN} and its neighbours
 * @param state {@link OpenFlow#PORT_STATE_LINK_DOWN} and its neighbours
 */
public record PortDescription(
        int number,
        MacAddress mac,
        String name,
        int config,
        int state,
        int current,
        int advertised,
        int supported,
        int peer,
        int currentSpeedKbps,
        int maxSpeedKbps) {
    /** A port with nothing to say about speeds and features. */
    public static PortDescription of(int number, MacAddress mac, String name, int config, int state) {
        return new PortDescription(number, mac, name, config, state, 0, 0, 0, 0, 0, 0);
    }
}
