package io.hopline.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of an L4 service, for {@code lb create} and {@code lb update}. */
final class L4Flags {
    private static final int DEFAULT_AFFINITY_S = 600;
    private static final Pattern TIME = Pattern.compile("([0-9]{1,5})([smh])");

    @Option(
            names = "--forwarding",
            paramLabel = "nat|dsr",
            description = {
                "l4: nat translates the VIP to the backend (default); dsr changes the MAC address only,",
                "and the backend, which has the VIP on its lo, answers straight to the client"
            })
    private @Nullable String forwarding;

    @Option(
            names = "--affinity",
            paramLabel = "client|none",
            description = "l4: client gives all connections of one client's address to one backend; default none")
    private @Nullable String affinity;

    @Option(
            names = "--affinity-timeout",
            paramLabel = "TIME",
            description =
                    "l4: until a client of which nothing is heard is forgotten: 90s, 10m (default), 1h; up to 24h")
    private @Nullable String affinityTimeout;

    @Option(
            names = "--slow-start",
            paramLabel = "S",
            description = "l4: the share of a new or recovered backend grows over so many seconds; 0 for at once")
    private @Nullable Integer slowStartS;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            description = {
                "l4: a backend that is removed or loses its label keeps its connections so long at most:",
                "30s, 5m (default), 1h; 0s cuts them at once"
            })
    private @Nullable String drainTimeout;

    /** What was named, as the controller's REST has it. */
    Map<String, Object> body() {
        Map<String, Object> body = new LinkedHashMap<>();
        if (forwarding != null) {
            body.put("forwarding", forwarding);
        }
        if (affinity != null || affinityTimeout != null) {
            body.put("clientAffinityS", clientAffinityS());
        }
        if (slowStartS != null) {
            body.put("slowStartS", slowStartS);
        }
        if (drainTimeout != null) {
            body.put("drainTimeoutS", seconds("--drain-timeout", drainTimeout, 0));
        }
        return body;
    }

    private int clientAffinityS() {
        if (affinity != null && !affinity.equals("client") && !affinity.equals("none")) {
            throw CliException.badInput("--affinity: must be client or none");
        }
        if ("none".equals(affinity)) {
            if (affinityTimeout != null) {
                throw CliException.badInput("--affinity-timeout: there is none to time without --affinity client");
            }
            return 0;
        }
        return affinityTimeout == null ? DEFAULT_AFFINITY_S : seconds("--affinity-timeout", affinityTimeout, 1);
    }

    /** Reads {@code 90s}, {@code 10m} or {@code 1h}. */
    private static int seconds(String option, String text, int min) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw CliException.badInput(option + ": must be like 90s, 10m or 1h, not " + text);
        }
        int unit = switch (matcher.group(2)) {
            case "h" -> 3_600;
            case "m" -> 60;
            default -> 1;
        };
        int seconds = Integer.parseInt(matcher.group(1)) * unit;
        if (seconds < min) {
            throw CliException.badInput(option + ": must be at least " + min + "s");
        }
        return seconds;
    }
}
