package io.hopline.controller;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a controller runs.
 *
 * @param rest where REST and web page listen, {@code 127.0.0.1:8080}; port 0 picks a free one
 * @param openflow where switches connect to, in Open vSwitch's notation: {@code ptcp:6653:127.0.0.1},
 *     {@code punix:PATH}
 * @param store {@code embedded:DIR}
 * @param sampleOneIn of how many connections the nodes time one; only reports say it
 * @param probe makes the sockets of {@code POST /api/v1/path}; null when there is no place for a client
 */
public record ControllerOptions(
        String rest,
        List<String> openflow,
        String store,
        int sampleOneIn,
        @Nullable ProbeConnector probe) {
    public static final int DEFAULT_SAMPLE_ONE_IN = 8;

    public ControllerOptions {
        openflow = List.copyOf(openflow);
    }

    public ControllerOptions(String rest, List<String> openflow, String store) {
        this(rest, openflow, store, DEFAULT_SAMPLE_ONE_IN, null);
    }
}
