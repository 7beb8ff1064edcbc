package io.hopline.sla;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The guest's turn-around of one request, split into its kernel and its server.
 *
 * @param kernelNs the kernel's share, never more than the turn-around; empty when nothing tells
 * @param afterNs how much of it came after the server, 0 when it is not known apart
 * @param remark where the kernel's share came from, null for the connection's own handshake or ACK
 * @param logNs the server's log of the request, when there is one
 * @param check the inference beside exact sources, when there is one
 */
record GuestShare(
        OptionalLong kernelNs,
        long afterNs,
        RequestTrace.@Nullable Flag remark,
        OptionalLong logNs,
        Optional<SplitCheck> check) {
    /** nginx writes {@code $request_time} and {@code $msec} in milliseconds. */
    static final long LOG_RESOLUTION_NS = 1_000_000;
    /** There is no guest behind the device, but a proxy. */
    static final GuestShare NONE = unknown(null);

    /** A turn-around that cannot be split. */
    static GuestShare unknown(RequestTrace.@Nullable Flag remark) {
        return new GuestShare(OptionalLong.empty(), 0, remark, OptionalLong.empty(), Optional.empty());
    }

    /**
     * Splits a turn-around by what was inferred.
     *
     * @param turnAroundNs request at the guest's device to response at the guest's device
     * @param kernelNs estimate of the kernel's share
     * @param logNs the server's own request time: the server's share is brought within one resolution of it, for within
     *     that the estimate is the finer figure
     */
    static GuestShare of(
            long turnAroundNs, OptionalLong kernelNs, RequestTrace.@Nullable Flag remark, OptionalLong logNs) {
        if (kernelNs.isEmpty() && logNs.isEmpty()) {
            return unknown(RequestTrace.Flag.GUEST_UNSPLIT);
        }
        long inferred = Math.clamp(kernelNs.orElse(0), 0, Math.max(0, turnAroundNs));
        if (logNs.isEmpty()) {
            return new GuestShare(OptionalLong.of(inferred), 0, remark, logNs, Optional.empty());
        }
        long server = Math.clamp(
                turnAroundNs - kernelNs.orElse(0),
                logNs.getAsLong() - LOG_RESOLUTION_NS,
                logNs.getAsLong() + LOG_RESOLUTION_NS);
        long kernel = Math.clamp(turnAroundNs - server, 0, Math.max(0, turnAroundNs));
        return new GuestShare(
                OptionalLong.of(kernel),
                0,
                remark,
                logNs,
                Optional.of(new SplitCheck(turnAroundNs, inferred, OptionalLong.empty(), 0, 0, logNs)));
    }

    /**
     * The same turn-around split by the kernel's own word.
     *
     * @param turn lay between arrival and departure
     */
    GuestShare exactly(Sighting.ServerTurn turn, long arrivedNs, long departedNs) {
        long before = Math.max(0, turn.takenNs() - arrivedNs);
        long after = Math.max(0, departedNs - turn.writtenNs());
        OptionalLong exact = OptionalLong.of(before + after);
        OptionalLong inferred = check.isPresent() ? OptionalLong.of(check.get().inferredNs()) : kernelNs;
        Optional<SplitCheck> both = inferred.isEmpty()
                ? Optional.empty()
                : Optional.of(new SplitCheck(
                        departedNs - arrivedNs,
                        inferred.getAsLong(),
                        exact,
                        turn.readNs() - turn.takenNs(),
                        turn.writtenNs() - turn.readNs(),
                        logNs));
        return new GuestShare(exact, after, RequestTrace.Flag.GUEST_EXACT, logNs, both);
    }
}
