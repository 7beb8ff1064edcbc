package io.hopline.sla;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A datagram of one client's, of either direction: its sightings at all places. */
final class Datagram {
    final DatagramConversation conversation;
    final Direction direction;
    /** See {@link DatagramKey}. */
    final long key;

    final long createdNs;
    /** A request that has its answer. */
    boolean answered;
    /** Asked while another one was waiting for its answer, so that it is not known which answer is whose. */
    boolean overlapped;

    private final List<Seen> seen = new ArrayList<>(4);
    /** Each host's first stamp, by its own clock. */
    private final Map<String, Long> firstNs = new HashMap<>(4);

    Datagram(DatagramConversation conversation, Direction direction, long key, long createdNs) {
        this.conversation = conversation;
        this.direction = direction;
        this.key = key;
        this.createdNs = createdNs;
    }

    static long key(Sighting.Segment segment) {
        return (segment.flags() & Sighting.MATCHING) != 0
                ? DatagramKey.MATCHING | segment.seq() & 0xffff_ffffL
                : segment.seq() & 0xffff_ffffL;
    }

    void add(Seen sighting) {
        seen.add(sighting);
        firstNs.merge(sighting.host(), sighting.ns(), Math::min);
    }

    List<Seen> seen() {
        return seen;
    }

    Map<String, Long> firstNs() {
        return firstNs;
    }

    /** When the host saw it first; null when it did not. */
    @Nullable
    Long firstNs(String host) {
        return firstNs.get(host);
    }

    /** True when the answer has the same key. */
    boolean matching() {
        return (key & DatagramKey.MATCHING) != 0;
    }

    /** True when some host saw the other more than so much later than this one. */
    boolean before(Datagram other, long byNs) {
        return firstNs.entrySet().stream().anyMatch(first -> {
            Long then = other.firstNs(first.getKey());
            return then != null && then > first.getValue() + byNs;
        });
    }

    /** True when the sighting cannot be of a datagram that came after this one: a host without a stamp cannot tell. */
    boolean mayFollow(Seen sighting) {
        Long first = firstNs.get(sighting.host());
        return first == null || sighting.ns() <= first;
    }
}
