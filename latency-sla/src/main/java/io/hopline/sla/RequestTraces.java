package io.hopline.sla;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
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
        HopSum sum = new HopSum(marks);
        if (sum.backwards()) {
            exclude(Exclusion.CLOCK_BACKWARDS);
            return;
        }
        count++;
        Leg leg = request.leg();
        traces.accept(new RequestTrace(
                request.owner().service(),
                Optional.ofNullable(request.owner().backend()),
                client,
                leg.startNs(),
                leg.endNs() - leg.startNs(),
                sum.unattributedNs(),
                sum.hops(),
                sum.steps(),
                hostPath(leg, inner),
                request.share().logNs(),
                clockErrorNs(leg, inner),
                flags(request, sum, inner),
                request.share().check()));
    }

    private static Set<RequestTrace.Flag> flags(Exchange.Joined request, HopSum sum, @Nullable Leg inner) {
        Set<RequestTrace.Flag> flags = EnumSet.noneOf(RequestTrace.Flag.class);
        if (sum.gaps()) {
            flags.add(RequestTrace.Flag.INCOMPLETE);
        }
        if (request.share().remark() != null) {
            flags.add(request.share().remark());
        }
        if (request.share().logNs().isPresent()) {
            flags.add(RequestTrace.Flag.SERVER_LOG);
        }
        if (request.leg().endAtSend() || inner != null && inner.endAtSend()) {
            flags.add(RequestTrace.Flag.END_AT_SEND);
        }
        if (request.leg().halved() || inner != null && inner.halved()) {
            flags.add(RequestTrace.Flag.OVERLAY_HALVED);
        }
        if (request.leg().compared() || inner != null && inner.compared()) {
            flags.add(RequestTrace.Flag.CLOCKS_COMPARED);
        }
        return flags;
    }

    private static OptionalLong clockErrorNs(Leg leg, @Nullable Leg inner) {
        OptionalLong outer = leg.clockErrorNs();
        OptionalLong other = inner == null ? OptionalLong.empty() : inner.clockErrorNs();
        return LongStream.concat(outer.stream(), other.stream()).max();
    }

    private static List<String> hostPath(Leg leg, @Nullable Leg inner) {
        Set<String> hosts = new LinkedHashSet<>(leg.hostPath());
        if (inner != null) {
            hosts.addAll(inner.hostPath());
        }
        return List.copyOf(hosts);
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
