package io.hopline.node;

import io.hopline.linux.NetNs;
import io.hopline.packet.DropReason;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.vnic.PacketPort;
import io.hopline.vnic.TapPort;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What the control socket understands: {@code attach}, {@code detach}, {@code list}.
 *
 * <p>An attach names either {@code netns} or {@code pid}, a namespace into which a TAP of ours is moved, or {@code tap}, a TAP in
 * the data plane's namespace that a VMM opens; it is made when it is not there. Errors are {@link IllegalArgumentException}s (or the kernel's own) whose text goes back to the caller.
 */
final class ControlCommands implements ControlSocket.Handler {
    private static final int DEFAULT_MTU = 1500;

    private final SwitchPorts ports;
    private final NetNs dataPlane;

    ControlCommands(SwitchPorts ports, NetNs dataPlane) {
        this.ports = ports;
        this.dataPlane = dataPlane;
    }

    @Override
    public Map<String, Object> handle(JsonNode request) {
        String command = text(request, "cmd");
        return switch (command) {
            case "attach" -> attach(request);
            case "detach" -> detach(text(request, "name"));
            case "list" ->
                Map.of("ports", ports.all().stream().map(this::describe).toList());
            default -> throw new IllegalArgumentException("cmd: '" + command + "' is none of attach, detach, list");
        };
    }

    private Map<String, Object> attach(JsonNode request) {
        String name = text(request, "name");
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,14}")) {
            throw new IllegalArgumentException(
                    "name: 1 to 15 letters, digits, dots, dashes and underscores are wanted, not '" + name + "'");
        }
        long places = Stream.of("netns", "pid", "tap").filter(request::has).count();
        if (places != 1) {
            throw new IllegalArgumentException("give one of netns, pid and tap");
        }
        Optional<Integer> ofport =
                request.has("ofport") ? Optional.of(integer(request, "ofport", 1, 65_279)) : Optional.empty();
        int number = request.has("tap") ? attachTap(name, request, ofport) : attachNetns(name, request, ofport);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("name", name);
        answer.put("ofport", number);
        return answer;
    }

    private int attachTap(String name, JsonNode request, Optional<Integer> ofport) {
        String tap = text(request, "tap");
        OptionalInt mtu = request.has("mtu") ? OptionalInt.of(mtu(request)) : OptionalInt.empty();
        return ports.plug(
                name,
                ofport,
                queues -> PacketPort.openTap(dataPlane, tap, name, mtu, queues),
                Optional.of(new SwitchPorts.StampPoint(dataPlane, tap, false)));
    }

    private int attachNetns(String name, JsonNode request, Optional<Integer> ofport) {
        String ifname = request.has("ifname") ? text(request, "ifname") : "eth0";
        MacAddress mac = MacAddress.parse(text(request, "mac"));
        if (mac.isGroup()) {
            throw new IllegalArgumentException("mac: " + mac + " is a group address");
        }
        int mtu = request.has("mtu") ? mtu(request) : DEFAULT_MTU;
        NetNs guest = request.has("pid")
                ? NetNs.ofProcess(integer(request, "pid", 1, Integer.MAX_VALUE))
                : NetNs.open(text(request, "netns"));
        try {
            return ports.plug(
                    name,
                    ofport,
                    queues -> TapPort.openQueues(guest, name, ifname, mac, mtu, queues),
                    Optional.of(new SwitchPorts.StampPoint(guest, ifname, true, true)));
        } catch (RuntimeException e) {
            guest.close();
            throw e;
        }
    }

    private Map<String, Object> detach(String name) {
        ports.unplug(name);
        return Map.of("name", name);
    }

    private Map<String, Object> describe(SwitchPorts.Plugged plugged) {
        Port port = plugged.port();
        PortCounters counters = plugged.counters();
        Map<String, Object> drops = new LinkedHashMap<>();
        for (DropReason reason : DropReason.values()) {
            if (counters.drops(reason) > 0) {
                drops.put(reason.label(), counters.drops(reason));
            }
        }
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", port.name());
        described.put("ofport", plugged.number());
        described.put("kind", port.kind().name().toLowerCase(java.util.Locale.ROOT));
        described.put("mac", port.mac().toString());
        described.put("mtu", port.mtu());
        plugged.device(dataPlane).ifPresent(device -> {
            described.put("netdev", device.netdev());
            described.put("netns", device.namespace().path());
        });
        described.put("rx_frames", counters.rxFrames());
        described.put("rx_bytes", counters.rxBytes());
        described.put("tx_frames", counters.txFrames());
        described.put("tx_bytes", counters.txBytes());
        described.put("drops", drops);
        return described;
    }

    private static int mtu(JsonNode request) {
        return integer(request, "mtu", 68, 65_535);
    }

    private static String text(JsonNode request, String field) {
        JsonNode value = request.get(field);
        if (value == null || !value.isString() || value.stringValue().isEmpty()) {
            throw new IllegalArgumentException(field + ": a text is wanted");
        }
        return value.stringValue();
    }

    private static int integer(JsonNode request, String field, int min, int max) {
        JsonNode value = request.get(field);
        if (value == null || !value.isInt() || value.intValue() < min || value.intValue() > max) {
            throw new IllegalArgumentException(field + ": a number from " + min + " to " + max + " is wanted");
        }
        return value.intValue();
    }
}
