package io.hopline.sla;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes a {@link RequestTrace} of what was joined; counts them, and the requests that were kept out by their reason. */
final class RequestTraces {
    private final Consumer<RequestTrace> traces;
    private final Map<Exclusion, Long> excluded = new EnumMap<>(Exclusion.class);
    private long count;

    RequestTraces(Consumer<RequestTrace> traces) {
        this.traces = traces;
    }

    /**
     * Hands on a request.
     *
     * @param marks its boundaries in order, the first of them seen
     * @param inner the way of the backend request that a proxy made for it
     */
    void emit(Endpoint client, Exchange.Joined request, List<Mark> marks, @Nullable Leg inner) {
        List<Leg> legs = inner == null ? List.of(request.leg()) : List.of(request.leg(), inner);
        emit(client, request, marks, legs, false);
    }

    /**
     * Hands on a request that only the proxy saw come and go.
     *
     * @param backend the proxy's request to the backend
     * @param marks the whole request's boundaries in order, all of the proxy's among them seen
     */
    void emitPublished(Endpoint client, Exchange.Joined backend, List<Mark> marks) {
        emit(client, backend, marks, List.of(backend.leg()), true);
    }

    /** @param legs the ways that the request took, the client's first */
    private void emit(Endpoint client, Exchange.Joined request, List<Mark> marks, List<Leg> legs, boolean published) {
        HopSum sum = new HopSum(marks);
        if (sum.backwards()) {
            exclude(Exclusion.CLOCK_BACKWARDS);
            return;
        }
        count++;
        Leg first = legs.getFirst();
        long startNs = published ? marks.getFirst().ns() : first.startNs();
        long endNs = published ? marks.getLast().ns() : first.endNs();
        Set<RequestTrace.Flag> flags = flags(request.share(), sum, legs);
        if (published) {
            flags.add(RequestTrace.Flag.PUBLISHED);
        }
        traces.accept(new RequestTrace(
                request.owner().service(),
                Optional.ofNullable(request.owner().backend()),
                client,
                startNs,
                endNs - startNs,
                sum.unattributedNs(),
                sum.hops(),
                sum.steps(),
                legs.stream().flatMap(leg -> leg.hostPath().stream()).distinct().toList(),
                request.share().logNs(),
                legs.stream().flatMapToLong(leg -> leg.clockErrorNs().stream()).max(),
                flags,
                request.share().check()));
    }

    private static Set<RequestTrace.Flag> flags(GuestShare share, HopSum sum, List<Leg> legs) {
        Set<RequestTrace.Flag> flags = EnumSet.noneOf(RequestTrace.Flag.class);
        if (sum.gaps()) {
            flags.add(RequestTrace.Flag.INCOMPLETE);
        }
        if (share.remark() != null) {
            flags.add(share.remark());
        }
        if (share.logNs().isPresent()) {
            flags.add(RequestTrace.Flag.SERVER_LOG);
        }
        for (Leg leg : legs) {
            if (leg.endAtSend()) {
                flags.add(RequestTrace.Flag.END_AT_SEND);
            }
            if (leg.halved()) {
                flags.add(RequestTrace.Flag.OVERLAY_HALVED);
            }
            if (leg.compared()) {
                flags.add(RequestTrace.Flag.CLOCKS_COMPARED);
            }
        }
        return flags;
    }

    void exclude(Exclusion reason) {
        excluded.merge(reason, 1L, Long::sum);
    }

    /** Requests handed on. */
    long count() {
        return count;
    }

    /** Exclusion's id to requests it kept out. */
    Map<String, Long> excluded() {
        Map<String, Long> byName = new HashMap<>();
        excluded.forEach((exclusion, times) -> byName.put(exclusion.id(), times));
        return byName;
    }
}
