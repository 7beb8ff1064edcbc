package io.hopline.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of an L4 service, for {@code lb create} and {@code lb update}. */
final class L4Flags {
    @Option(
            names = "--forwarding",
            paramLabel = "nat|dsr",
            description = {
                "l4: nat translates the VIP to the backend (default); dsr changes the MAC address only,",
                "and the backend, which has the VIP on its lo, answers straight to the client"
            })
    private @Nullable String forwarding;

    @Option(
            names = "--slow-start",
            paramLabel = "S",
            description = "l4: the share of a new or recovered backend grows over so many seconds; 0 for at once")
    private @Nullable Integer slowStartS;

    /** What was named, as the controller's REST has it. */
    Map<String, Object> body() {
        Map<String, Object> body = new LinkedHashMap<>();
        if (forwarding != null) {
            body.put("forwarding", forwarding);
        }
        if (slowStartS != null) {
            body.put("slowStartS", slowStartS);
        }
        return body;
    }
}
