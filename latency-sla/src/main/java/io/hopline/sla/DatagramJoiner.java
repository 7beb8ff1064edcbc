package io.hopline.sla;

import io.hopline.packet.IpAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Joins requests that are one datagram each: UDP's and echoes. A request is answered by the first datagram back with its
 * key, where a protocol has such keys ({@link DatagramKey}), else by the first back at all. A client that asks by such a
 * protocol again before it has its answer is not timed, as nobody can tell which answer is whose.
 *
 * <p>A response is joined a fixed time after it was first seen. Owned by a {@link Joiner} and used as it is; what is kept is
 * bounded by the same limits.
 */
final class DatagramJoiner {
    private final JoinerLimits limits;
    private final RequestTraces traces;
    private final OutcomeSink outcomes;
    private final Map<Key, DatagramConversation> conversations = new LinkedHashMap<>(16, 0.75f, true);
    private final Deque<Datagram> requests = new ArrayDeque<>();
    private final Deque<Datagram> responses = new ArrayDeque<>();

    private ServiceDirectory services = new ServiceDirectory(List.of());
    private Set<IpAddress> internalClients = Set.of();
    private ClockModel clocks = ClockModel.unknown();
    private Consumer<Retransmission> retransmissions = retransmission -> {};
    private long late;
    private long evictedSightings;
    private int kept;

    /**
     * Who talks with whom.
     *
     * @param service of an echo, which no NAT changes, so that one client may ask many; else null
     */
    private record Key(
            Protocol protocol, Endpoint client, @Nullable Endpoint service) {
        static Key of(Sighting.Segment segment) {
            Protocol protocol = segment.protocol();
            return new Key(protocol, segment.client(), protocol == Protocol.ICMP ? segment.service() : null);
        }
    }

    DatagramJoiner(JoinerLimits limits, RequestTraces traces, OutcomeSink outcomes) {
        this.limits = limits;
        this.traces = traces;
        this.outcomes = outcomes;
    }

    void services(ServiceDirectory directory, Set<IpAddress> internal) {
        services = directory;
        internalClients = internal;
    }

    void clocks(ClockModel model) {
        clocks = model;
    }

    void retransmissions(Consumer<Retransmission> listener) {
        retransmissions = listener;
    }

    void accept(Seen seen, long nowNs) {
        Sighting.Segment segment = seen.segment();
        DatagramConversation conversation =
                conversations.computeIfAbsent(Key.of(segment), k -> new DatagramConversation(segment.client()));
        conversation.lastSeenNs = nowNs;
        long key = Datagram.key(segment);
        if (conversation.late(seen, key)) {
            late++;
            return;
        }
        if (kept >= limits.maxSightings()) {
            evictedSightings++;
            return;
        }
        Datagram datagram = conversation.passing(seen, key);
        if (datagram == null) {
            datagram = new Datagram(conversation, seen.direction(), key, nowNs);
            (seen.direction() == Direction.REQUEST ? requests : responses).addLast(datagram);
        }
        conversation.add(datagram, seen);
        kept++;
    }

    /** Joins what has settled, judges what was not answered, and forgets whom nothing was heard of for long. */
    void advance(long nowNs) {
        finishUntil(nowNs - limits.settleNs(), nowNs - limits.answerNs() - limits.settleNs());
        while (!conversations.isEmpty()) {
            Map.Entry<Key, DatagramConversation> eldest =
                    conversations.entrySet().iterator().next();
            if (eldest.getValue().lastSeenNs + limits.answerNs() + 2 * limits.settleNs() > nowNs) {
                break;
            }
            conversations.remove(eldest.getKey());
        }
    }

    void flush() {
        finishUntil(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    private void finishUntil(long responsesNs, long requestsNs) {
        while (!responses.isEmpty() && responses.getFirst().createdNs <= responsesNs) {
            answer(responses.removeFirst());
        }
        while (!requests.isEmpty() && requests.getFirst().createdNs <= requestsNs) {
            Datagram request = requests.removeFirst();
            if (!request.answered) {
                request.conversation.remove(request);
                kept -= request.seen().size();
                boolean answered = answeredBySwitch(request.seen()) && turned(request.seen());
                outcome(request.seen(), answered ? Outcome.ANSWERED : Outcome.NO_ANSWER);
            }
        }
    }

    private void answer(Datagram response) {
        DatagramConversation conversation = response.conversation;
        conversation.remove(response);
        kept -= response.seen().size();
        List<Datagram> asked = conversation.asked(response);
        if (asked.isEmpty()) {
            // What comes after an answer goes on with it.
            if (conversation.answeredAny()) {
                late += response.seen().size();
            } else {
                traces.exclude(Exclusion.REQUEST_NOT_SEEN);
            }
            return;
        }
        Datagram request = asked.getFirst();
        boolean overlapped = asked.size() > 1 || request.overlapped;
        asked.forEach(one -> one.overlapped = overlapped);
        conversation.answered(request, response);
        request.answered = true;
        kept -= request.seen().size();
        join(request, response, overlapped);
    }

    private void join(Datagram request, Datagram response, boolean overlapped) {
        Leg leg = new Leg(request.seen(), response.seen());
        outcome(leg.seen(), Outcome.ANSWERED);
        ServiceDirectory.Owner owner = services.owner(leg.seen());
        Exclusion reason = overlapped ? Exclusion.OVERLAPPING : reasonAgainst(leg, owner);
        if (reason == Exclusion.RETRANSMISSION) {
            leg.retransmissions().forEach(retransmissions);
        }
        if (reason != null || owner == null) {
            traces.exclude(reason == null ? Exclusion.UNKNOWN_SERVICE : reason);
            return;
        }
        leg.align(clocks);
        traces.emit(
                request.conversation.client,
                new Exchange.Joined(leg, GuestShare.NONE, owner),
                answeredBySwitch(leg.seen()) ? leg.turned() : withServer(leg),
                null);
    }

    private @Nullable Exclusion reasonAgainst(Leg leg, ServiceDirectory.@Nullable Owner owner) {
        if (internal(leg.seen())) {
            return Exclusion.INTERNAL;
        }
        if (leg.retransmitted()) {
            return Exclusion.RETRANSMISSION;
        }
        if (owner == null) {
            return Exclusion.UNKNOWN_SERVICE;
        }
        return leg.startNs() == 0 || leg.endNs() == 0 ? Exclusion.ENDS_NOT_SEEN : null;
    }

    private boolean internal(List<Seen> seen) {
        return internalClients.contains(seen.getFirst().segment().client().address());
    }

    /** True for an echo to a VIP, which has no guest of its own. */
    private boolean isToVip(List<Seen> seen) {
        Sighting.Segment first = seen.getFirst().segment();
        return first.protocol() == Protocol.ICMP && services.isProxied(first.protocol(), first.service());
    }

    /** Such an echo's reply enters no switch, unless a proxy's kernel answers. */
    private boolean answeredBySwitch(List<Seen> seen) {
        return isToVip(seen)
                && seen.stream().noneMatch(one -> one.direction() == Direction.RESPONSE && one.transit() != null);
    }

    /** True when the switch sent it back by the kind of port it came in by, though no stamp was taken there. */
    private static boolean turned(List<Seen> seen) {
        return seen.stream()
                .map(Seen::transit)
                .anyMatch(transit -> transit != null && transit.in() == transit.out() && transit.t3EndNs() != 0);
    }

    /** An echo is answered by a kernel alone. Of other datagrams nobody can tell what was the kernel's share. */
    private List<Mark> withServer(Leg leg) {
        boolean echo = leg.seen().getFirst().segment().protocol() == Protocol.ICMP;
        List<Mark> marks = new ArrayList<>(leg.before());
        Mark departed = leg.after().getFirst();
        Hop server = isToVip(leg.seen()) ? Hop.PROXY_TCPIP : echo ? Hop.GUEST_TCPIP : Hop.GUEST;
        marks.add(new Mark(server, Direction.REQUEST, departed.host(), departed.ns()));
        marks.addAll(leg.after().subList(1, leg.after().size()));
        return marks;
    }

    private void outcome(List<Seen> seen, Outcome outcome) {
        ServiceDirectory.Owner owner = services.owner(seen);
        if (owner != null && !internal(seen)) {
            outcomes.accept(owner.service(), OpenRequests.startNs(seen), outcome);
        }
    }

    /** Sightings of what was joined already, and of datagrams that go on with an answer. */
    long late() {
        return late;
    }

    /** Sightings for which there was no room. */
    long evictedSightings() {
        return evictedSightings;
    }
}
