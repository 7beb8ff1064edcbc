package io.hopline.controller;

import java.net.URI;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a controller runs.
 *
 * @param rest where REST and web page listen, {@code 127.0.0.1:8080}; port 0 picks a free one
 * @param openflow where switches connect to, in Open vSwitch's notation: {@code ptcp:6653:127.0.0.1},
 *     {@code punix:PATH}
 * @param store {@code embedded:DIR}
 * @param sampleOneIn one in so many connections is timed, a power of two; empty to have it follow the load
 * @param probe makes the sockets of {@code POST /api/v1/path}; null when there is no place for a client
 * @param alertWebhook where burn-rate alerts are posted to; null for nowhere
 * @param traces where timed requests are sent as OpenTelemetry traces, OTLP over HTTP; null for nowhere
 */
public record ControllerOptions(
        String rest,
        List<String> openflow,
        String store,
        OptionalInt sampleOneIn,
        @Nullable ProbeConnector probe,
        @Nullable URI alertWebhook,
        @Nullable URI traces) {
    public ControllerOptions {
        openflow = List.copyOf(openflow);
        requireHttp("alert webhook", alertWebhook);
        requireHttp("traces", traces);
    }

    private static void requireHttp(String what, @Nullable URI url) {
        if (url != null
                && (url.getHost() == null || !String.valueOf(url.getScheme()).matches("https?"))) {
            throw new ControllerException(what + ": http://HOST... or https://HOST... is wanted, not '" + url + "'");
        }
    }

    /** Without alerts and traces. */
    public ControllerOptions(
            String rest, List<String> openflow, String store, OptionalInt sampleOneIn, @Nullable ProbeConnector probe) {
        this(rest, openflow, store, sampleOneIn, probe, null, null);
    }

    /**
     * Reads how much is to be timed: {@code auto}, or one in so many connections.
     *
     * @throws IllegalArgumentException when it is neither {@code auto} nor a power of two from 1 to 1,024
     */
    public static OptionalInt parseSample(String text) {
        if (text.equals("auto")) {
            return OptionalInt.empty();
        }
        int oneIn = text.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(text) : 0;
        if (Integer.bitCount(oneIn) != 1 || oneIn > PathProbe.SAMPLE_ONE_IN) {
            throw new IllegalArgumentException("--sample: auto or a power of two from 1 to " + PathProbe.SAMPLE_ONE_IN
                    + " is wanted, not '" + text + "'");
        }
        return OptionalInt.of(oneIn);
    }

    public ControllerOptions(String rest, List<String> openflow, String store) {
        this(rest, openflow, store, OptionalInt.empty(), null, null, null);
    }
}
