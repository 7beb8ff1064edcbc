package io.hopline.node;

import io.hopline.openflow.Action;
import io.hopline.packet.Dhcp;
import io.hopline.packet.DhcpLease;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import io.hopline.vswitch.LocalHandler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Answers the guests' DHCP with the addresses the controller has given them; stateless, so a restart forgets nothing.
 * Runs on the switch's slow-path thread.
 */
final class DhcpResponder implements LocalHandler {
    private static final int LEASE_SECONDS = 86_400;
    private static final MacAddress SERVER_MAC = MacAddress.parse("02:00:5e:00:00:43");

    /** How a reply leaves the switch. */
    interface Sender {
        void send(byte[] frame, List<Action> actions);
    }

    private volatile Map<MacAddress, DhcpLease> leases = Map.of();
    private volatile Sender sender = (frame, actions) -> {};

    /** Says where replies go; the switch is made after its local handler. */
    void sender(Sender replies) {
        sender = replies;
    }

    void guests(List<NodeConfig.Guest> guests) {
        Map<MacAddress, DhcpLease> next = new HashMap<>();
        for (NodeConfig.Guest guest : guests) {
            next.put(
                    MacAddress.parse(guest.mac()),
                    new DhcpLease(
                            Ipv4Address.parse(guest.ip()),
                            guest.prefix(),
                            Ipv4Address.parse(guest.gateway()),
                            SERVER_MAC,
                            LEASE_SECONDS,
                            guest.mtu(),
                            List.of()));
        }
        leases = Map.copyOf(next);
    }

    @Override
    public void handle(byte[] frame, int inPort) {
        Dhcp.answer(frame, mac -> Optional.ofNullable(leases.get(mac)))
                .ifPresent(reply -> sender.send(reply, List.of(Action.output(inPort))));
    }
}
