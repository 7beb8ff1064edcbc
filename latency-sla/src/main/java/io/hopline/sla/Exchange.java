package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A response on its way to being joined with its request: all response frames that acknowledge the same request byte. Only
 * sightings of the frame that holds the response's first byte are kept.
 */
final class Exchange {
    final Connection connection;
    /** Sequence number after the request's last byte, which is what the response acknowledges. */
    final int requestEnd;

    final long createdNs;
    private int firstSeq;
    private final List<Seen> response = new ArrayList<>();
    boolean finished;
    /** Laid out when finished, until a proxy's front request claims it. */
    @Nullable
    Joined joined;

    /** A backend request that is done, with what is needed to put it into a front request's place. */
    record Joined(Leg leg, GuestShare share, ServiceDirectory.Owner owner) {}

    Exchange(Connection connection, int requestEnd, int firstSeq, long createdNs) {
        this.connection = connection;
        this.requestEnd = requestEnd;
        this.firstSeq = firstSeq;
        this.createdNs = createdNs;
    }

    /** Sequence number of the earliest response byte seen. */
    int firstSeq() {
        return firstSeq;
    }

    List<Seen> response() {
        return response;
    }

    /** Keeps the sighting if it holds the response's first byte; returns by how much the number kept changed. */
    int offer(Seen seen) {
        int before = response.size();
        if (seen.segment().seq() - firstSeq < 0) {
            firstSeq = seen.segment().seq();
            response.removeIf(s -> !s.segment().holds(firstSeq));
        }
        if (seen.segment().holds(firstSeq)) {
            response.add(seen);
        }
        return response.size() - before;
    }

    /** True when a sighting of the response falls between two times. */
    boolean seenBetween(long fromNs, long toNs) {
        return response.stream().anyMatch(seen -> {
            long ns = switch (seen.segment()) {
                case Sighting.Transit t -> t.t1Ns();
                case Sighting.Edge e -> e.ns();
            };
            return ns >= fromNs && ns <= toNs;
        });
    }
}
