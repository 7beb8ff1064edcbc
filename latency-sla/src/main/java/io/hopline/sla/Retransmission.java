package io.hopline.sla;

import io.hopline.packet.Port;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The same bytes seen twice at a place: the first time, they were lost between that place and the next, or their
 * acknowledgment was on its way back.
 *
 * @param after the last place that saw the bytes more than once
 * @param before the next place that saw them, once; empty when none did further on
 */
public record Retransmission(Direction direction, Place after, Optional<Place> before) {
    /**
     * Where segments are seen.
     *
     * @param at {@code host-nic} or {@code vnic} for a stamp of the kernel's at a device, {@code vswitch} for a switch
     */
    public record Place(String host, String at) {
        @Override
        public String toString() {
            return at + "@" + host;
        }
    }

    /** What a place saw, and how far along the way it is. */
    private record Count(Place place, int rank, int times) {}

    /** Where in a direction the bytes that all these segments hold were lost; empty when no place saw them twice. */
    static Optional<Retransmission> of(Direction direction, List<Seen> seen) {
        List<Count> counts = new ArrayList<>();
        for (Seen one : seen) {
            if (one.direction() != direction) {
                continue;
            }
            int times = (int) seen.stream().filter(one::samePlace).count();
            Place place = place(one);
            if (counts.stream().noneMatch(count -> count.place.equals(place))) {
                counts.add(new Count(place, rank(one), times));
            }
        }
        counts.sort(Comparator.comparingInt(Count::rank));
        int last = counts.size() - 1;
        while (last >= 0 && counts.get(last).times < 2) {
            last--;
        }
        if (last < 0) {
            return Optional.empty();
        }
        Optional<Place> next = last + 1 < counts.size() ? Optional.of(counts.get(last + 1).place) : Optional.empty();
        return Optional.of(new Retransmission(direction, counts.get(last).place, next));
    }

    private static Place place(Seen seen) {
        return switch (seen.segment()) {
            case Sighting.Transit t -> new Place(seen.host(), "vswitch");
            case Sighting.Edge e -> new Place(seen.host(), Port.Kind.VNIC == e.kind() ? "vnic" : "host-nic");
        };
    }

    /** Device, switch, the other host's switch, its device. */
    private static int rank(Seen seen) {
        return switch (seen.segment()) {
            case Sighting.Transit t -> t.in() == Port.Kind.TUNNEL ? 2 : 1;
            case Sighting.Edge e -> (seen.serverEdge() != null) == (seen.direction() == Direction.REQUEST) ? 3 : 0;
        };
    }
}
