package io.hopline.controller;

/**
 * One server of a service.
 *
 * @param vnic name of the guest's vNIC, which is also the backend's name
 * @param port TCP or UDP port it listens on
 * @param weight share of new connections, 1 to 256
 * @param draining true when it gets no new connections; established ones stay
 * @param leaving true when it was taken away and stays, without new connections, only as long as it has some, see
 *     {@link Departures}
 * @param warmPercent how much of its weight counts yet, see {@link SlowStart}; not stored, a stored backend is warm
 */
public record Backend(String vnic, int port, int weight, boolean draining, boolean leaving, int warmPercent) {
    static final int MAX_WEIGHT = 256;
    static final int COLD_PERCENT = 10;
    static final int WARM_PERCENT = 100;

    /** A backend whose whole weight counts. */
    public Backend(String vnic, int port, int weight, boolean draining) {
        this(vnic, port, weight, draining, false, WARM_PERCENT);
    }

    public Backend {
        Fields.name("backends", vnic, Fields.PORT_NAME_CHARS);
        Fields.range("backends", port, 1, 65535);
        Fields.range("backends", weight, 1, MAX_WEIGHT);
    }

    /** Reads {@code web1:80}. */
    static Backend parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw StateException.invalid("backends", "not a vNIC and port like web1:80: '" + Fields.shown(text) + "'");
        }
        return new Backend(text.substring(0, colon), Fields.port("backends", text.substring(colon + 1)), 1, false);
    }

    Backend withWeight(int newWeight) {
        return new Backend(vnic, port, newWeight, draining, leaving, warmPercent);
    }

    Backend withWarm(int percent) {
        return new Backend(vnic, port, weight, draining, leaving, percent);
    }

    Backend withDraining(boolean drain) {
        return new Backend(vnic, port, weight, drain, leaving, warmPercent);
    }

    Backend withLeaving(boolean leaves) {
        return new Backend(vnic, port, weight, draining, leaves, warmPercent);
    }
}
