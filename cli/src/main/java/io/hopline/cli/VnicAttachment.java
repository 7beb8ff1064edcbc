package io.hopline.cli;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Attaches a vNIC: first in the controller, which knows its addresses, then on the node, which makes its port. */
final class VnicAttachment {
    private static final String PATH = "/api/v1/vnics";

    private static final int BOUND_TRIES = 40;
    private static final int BOUND_POLL_MS = 50;

    private final NodeControl node;
    private final Optional<Integer> ofport;

    VnicAttachment(NodeControl node, Optional<Integer> ofport) {
        this.node = node;
        this.ofport = ofport;
    }

    /**
     * Attaches a guest to a network.
     *
     * @return the controller's vNIC: name, network, vni, mac, ip, prefix, gateway, mtu
     */
    JsonNode inNetwork(
            RestClient controller,
            String name,
            String network,
            Optional<String> ip,
            Map<String, String> labels,
            GuestPlace guest) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("name", name);
        wanted.put("network", network);
        ip.ifPresent(address -> wanted.put("ip", address));
        if (!labels.isEmpty()) {
            wanted.put("labels", labels);
        }
        JsonNode vnic = controller.post(PATH, wanted);
        Map<String, Object> command = command(name, guest);
        command.put("mac", vnic.path("mac").asString());
        command.put("mtu", vnic.path("mtu").asInt());
        try {
            node.request(command);
        } catch (RuntimeException refused) {
            takeBack(controller, name, refused);
            throw refused;
        }
        return bound(controller, name);
    }

    /** The vNIC once the controller has seen its port come up, or as it is after two seconds. */
    private static JsonNode bound(RestClient controller, String name) {
        JsonNode vnic = controller.get(PATH + "/" + RestClient.segment(name));
        try {
            for (int i = 0; i < BOUND_TRIES && !vnic.path("state").asString("").equals("bound"); i++) {
                Thread.sleep(BOUND_POLL_MS);
                vnic = controller.get(PATH + "/" + RestClient.segment(name));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted while vNIC '" + name + "' was being bound");
        }
        return vnic;
    }

    /** A port on the node alone: flows come from whoever drives it. */
    JsonNode bare(String name, GuestPlace guest) {
        Map<String, Object> command = command(name, guest);
        byte[] address = new byte[5];
        new SecureRandom().nextBytes(address);
        // A locally administered unicast address: nobody assigns one where there is no network.
        command.put("mac", "02:" + HexFormat.ofDelimiter(":").formatHex(address));
        JsonNode answer = node.request(command);
        return answer.isObject() ? ((ObjectNode) answer).put("mac", (String) command.get("mac")) : answer;
    }

    private Map<String, Object> command(String name, GuestPlace guest) {
        Map<String, Object> command = new LinkedHashMap<>();
        command.put("cmd", "attach");
        command.put("name", name);
        command.putAll(guest.arguments());
        ofport.ifPresent(number -> command.put("ofport", number));
        return command;
    }

    /** The vNIC was made for this attach alone, so it goes with it. */
    private static void takeBack(RestClient controller, String name, RuntimeException refused) {
        try {
            controller.delete(PATH + "/" + RestClient.segment(name));
        } catch (CliException failure) {
            refused.addSuppressed(failure);
        }
    }
}
