package io.hopline.sla;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One request's way, joined from every host's sightings. The hops' times and {@link #unattributedNs} add up to
 * {@link #endToEndNs}.
 *
 * @param service the service's name
 * @param backend the backend that answered; empty when no sighting names it
 * @param client who asked
 * @param startNs CLOCK_REALTIME nanoseconds of the request's last byte at its first stamp
 * @param endToEndNs first stamp of the request's last byte to last stamp of the response's first byte, on one host
 * @param unattributedNs what lies between boundaries that were not all seen
 * @param hops times per hop, direction and host, in the order in which the request meets them first
 * @param steps the stretches the hops are made of, in order of time
 * @param hostPath the hosts of the request's way, first the client's
 * @param serverReportedNs the server's own log of this request, 1 ms resolution, when there is one
 * @param clockErrorNs bound on the error of the overlay's one-way times, whose sum is exact; empty without an overlay
 * @param flags what to know before trusting the figures
 * @param split the guest's share beside what exact sources say of it, when one does
 */
public record RequestTrace(
        String service,
        Optional<String> backend,
        Endpoint client,
        long startNs,
        long endToEndNs,
        long unattributedNs,
        List<HopTime> hops,
        List<Step> steps,
        List<String> hostPath,
        OptionalLong serverReportedNs,
        OptionalLong clockErrorNs,
        Set<Flag> flags,
        Optional<SplitCheck> split) {

    public RequestTrace {
        hops = List.copyOf(hops);
        steps = List.copyOf(steps);
        hostPath = List.copyOf(hostPath);
        flags = Set.copyOf(flags);
    }

    /** A request of which no exact source tells. */
    public RequestTrace(
            String service,
            Optional<String> backend,
            Endpoint client,
            long startNs,
            long endToEndNs,
            long unattributedNs,
            List<HopTime> hops,
            List<Step> steps,
            List<String> hostPath,
            OptionalLong serverReportedNs,
            OptionalLong clockErrorNs,
            Set<Flag> flags) {
        this(
                service,
                backend,
                client,
                startNs,
                endToEndNs,
                unattributedNs,
                hops,
                steps,
                hostPath,
                serverReportedNs,
                clockErrorNs,
                flags,
                Optional.empty());
    }

    /** A request whose one-way times need no error of their own: it crossed no overlay. */
    public RequestTrace(
            String service,
            Optional<String> backend,
            Endpoint client,
            long startNs,
            long endToEndNs,
            long unattributedNs,
            List<HopTime> hops,
            List<Step> steps,
            List<String> hostPath,
            OptionalLong serverReportedNs,
            Set<Flag> flags) {
        this(
                service,
                backend,
                client,
                startNs,
                endToEndNs,
                unattributedNs,
                hops,
                steps,
                hostPath,
                serverReportedNs,
                OptionalLong.empty(),
                flags);
    }

    /** Remarks on how a trace came about. */
    public enum Flag {
        /** Some boundary was not seen; the time around it is in {@link RequestTrace#unattributedNs}. */
        INCOMPLETE("A boundary between hops was not seen; the time around it is unattributed."),
        /** The guest's kernel told of this request, and so its share was measured. */
        GUEST_EXACT("The guest shares its host's kernel, which was asked: the guest's share is exact."),
        /** The guest's kernel share is inferred from how long it took to acknowledge data. */
        GUEST_FROM_ACK(
                "The guest kernel's share is inferred from how long it took to acknowledge data, this request or those that"
                        + " met it equally busy or idle."),
        /** The guest's kernel share is the median of its handshakes: it acknowledged nothing at once. */
        GUEST_FROM_MEDIAN(
                "The guest kernel's share is the median of its handshakes: it acknowledged nothing at once, and this"
                        + " connection's handshake was not seen."),
        /** Nothing tells the guest's kernel from its server; their turn-around is unattributed. */
        GUEST_UNSPLIT("Nothing tells the guest's kernel from its server; their time is unattributed."),
        /** The request is inside TLS; the guest's turn-around is unattributed. */
        GUEST_IN_TLS(
                "The request is inside TLS, where what the server sends first may be no response (a session ticket): the"
                        + " network's hops are right, the guest's time is not divided."),
        /** The server's log bounded the nginx hop. */
        SERVER_LOG("The server's own log bounded the nginx hop."),
        /** The client came by the host's own network, where only the proxy sees requests. */
        PUBLISHED(
                "The client asked where the service is published on its host: the request begins when the proxy has read"
                        + " its first byte and ends when the proxy has written the response's last."),
        /** The end is the send's return, not the NIC's stamp. */
        END_AT_SEND("The end is when sending returned, as the NIC gave no stamp."),
        /** Nothing is known of the hosts' clocks: the overlay's round trip is halved, one-way figures are a guess. */
        OVERLAY_HALVED("Nothing is known of how the hosts' clocks compare: the overlay's round trip was halved."),
        /** The hosts' clocks differ; one-way figures are corrected by the measured offset. */
        CLOCKS_COMPARED("The hosts' clocks differ; one-way times are corrected by the measured offset.");

        private final String explanation;

        Flag(String explanation) {
            this.explanation = explanation;
        }

        /** What it means, in a sentence for a report's reader. */
        public String explanation() {
            return explanation;
        }
    }

    /**
     * One stretch.
     *
     * @param startOffsetNs from {@link RequestTrace#startNs}, by the clock of the host where it ends
     */
    public record Step(Hop hop, Direction direction, String host, long startOffsetNs, long ns) {}

    /** Time in the hops that exist only because the network is virtual. */
    public long virtualNetworkNs() {
        return hops.stream()
                .filter(hop -> hop.hop().virtualNetwork())
                .mapToLong(HopTime::ns)
                .sum();
    }

    /** Time in one hop, zero when the request did not meet it. */
    public long ns(Hop hop, Direction direction, String host) {
        return hops.stream()
                .filter(time -> time.hop() == hop
                        && time.direction() == direction
                        && time.host().equals(host))
                .mapToLong(HopTime::ns)
                .sum();
    }
}
