package io.hopline.node;

import io.hopline.packet.IpAddress;
import io.hopline.packet.StampPacket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What a node is told at its start; the names are those of {@code hopline node}'s options.
 *
 * @param name this host's name, 1 to 32 letters, digits, dots and dashes
 * @param datapathId OpenFlow datapath id
 * @param openflow controllers to connect to, {@code tcp:HOST:PORT} or {@code unix:PATH}
 * @param openflowListen addresses to listen on, {@code ptcp:PORT[:IP]} or {@code punix:PATH}
 * @param controller base URL of the controller's REST, empty for a plain OpenFlow switch
 * @param vtep address, of either IP version, of this host's end of the overlay, empty for none
 * @param uplink the host NIC that outside clients come in by, empty for none
 * @param ports existing netdevs to take as ports, in order
 * @param control where to listen for {@code hopline vnic attach}, {@code punix:PATH}; empty for nowhere
 * @param netns namespace of the data plane: the uplink, the ports and the tunnel are opened there; empty for the node's own
 * @param metrics {@code IP:PORT} of the Prometheus endpoint, empty for none
 * @param busyPollNs how long the worker looks for more frames after the last before it sleeps; 0 sleeps at once
 * @param workers threads that forward, each with a queue of every port; 1 to {@value #MAX_WORKERS}
 * @param stampPort UDP port of this host's and its peers' STAMP reflectors; 0 compares no clocks
 * @param guestProbe whether the kernel is asked when servers in guests that share it took requests and answered them
 */
public record NodeOptions(
        String name,
        long datapathId,
        List<String> openflow,
        List<String> openflowListen,
        Optional<URI> controller,
        Optional<IpAddress> vtep,
        Optional<String> uplink,
        List<NetdevPort> ports,
        Optional<String> control,
        Optional<String> netns,
        Optional<String> metrics,
        long busyPollNs,
        int workers,
        int stampPort,
        boolean guestProbe) {

    /** About what a wake-up costs: docs/decisions/0062. */
    public static final long DEFAULT_BUSY_POLL_NS = 20_000;
    /** One worker shares no connection table and no core with another: docs/decisions/0063. */
    public static final int DEFAULT_WORKERS = 1;

    public static final int MAX_WORKERS = 16;
    /** STAMP's own: RFC 8762, section 4.1. */
    public static final int DEFAULT_STAMP_PORT = StampPacket.UDP_PORT;

    /** Options of a node that does not ask the kernel about its guests. */
    public NodeOptions(
            String name,
            long datapathId,
            List<String> openflow,
            List<String> openflowListen,
            Optional<URI> controller,
            Optional<IpAddress> vtep,
            Optional<String> uplink,
            List<NetdevPort> ports,
            Optional<String> control,
            Optional<String> netns,
            Optional<String> metrics,
            long busyPollNs,
            int workers,
            int stampPort) {
        this(
                name,
                datapathId,
                openflow,
                openflowListen,
                controller,
                vtep,
                uplink,
                ports,
                control,
                netns,
                metrics,
                busyPollNs,
                workers,
                stampPort,
                false);
    }

    public NodeOptions {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9.-]{0,31}")) {
            throw new IllegalArgumentException(
                    "--name: 1 to 32 letters, digits, dots and dashes are wanted, not '" + name + "'");
        }
        if (busyPollNs < 0) {
            throw new IllegalArgumentException("--busy-poll: microseconds are wanted, 0 or more");
        }
        if (workers < 1 || workers > MAX_WORKERS) {
            throw new IllegalArgumentException("--workers: 1 to " + MAX_WORKERS + " are possible, not " + workers);
        }
        if (stampPort < 0 || stampPort > 65_535) {
            throw new IllegalArgumentException(
                    "--stamp-port: 1 to 65535 are possible, or 0 for none, not " + stampPort);
        }
        control.ifPresent(path -> {
            if (!path.startsWith("punix:")) {
                throw new IllegalArgumentException("--control: punix:PATH is wanted, not '" + path + "'");
            }
        });
        openflow = List.copyOf(openflow);
        openflowListen = List.copyOf(openflowListen);
        ports = List.copyOf(ports);
    }

    /** The datapath id of a node that was given none: 48 bits that depend on the name alone. */
    public static long datapathIdOf(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return 0x0200_0000_0000L | crc.getValue();
    }

    /**
     * An existing netdev as a switch port.
     *
     * @param number OpenFlow port number, empty for the next free one
     * @param netdev name of the interface
     */
    public record NetdevPort(Optional<Integer> number, String netdev) {
        /**
         * Reads {@code eth9} or {@code 3=eth9}.
         *
         * @throws IllegalArgumentException when the number is not 1 to 65279 or the name no interface name
         */
        public static NetdevPort parse(String text) {
            int equals = text.indexOf('=');
            String netdev = text.substring(equals + 1);
            if (!netdev.matches("[^/\\s]{1,15}")) {
                throw new IllegalArgumentException("--port: no interface name: '" + netdev + "'");
            }
            if (equals < 0) {
                return new NetdevPort(Optional.empty(), netdev);
            }
            String number = text.substring(0, equals);
            if (!number.matches("[0-9]{1,5}") || Integer.parseInt(number) < 1 || Integer.parseInt(number) > 65_279) {
                throw new IllegalArgumentException("--port: a number from 1 to 65279 is wanted, not '" + number + "'");
            }
            return new NetdevPort(Optional.of(Integer.parseInt(number)), netdev);
        }
    }
}
