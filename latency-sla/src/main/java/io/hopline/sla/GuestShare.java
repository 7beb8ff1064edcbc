package io.hopline.sla;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The guest's turn-around of one request, split into its kernel and its server.
 *
 * @param kernelNs the kernel's share, never more than the turn-around; empty when nothing tells
 * @param remark where the kernel's share came from, null for the connection's own handshake
 * @param logNs the server's log of the request, when there is one
 */
record GuestShare(OptionalLong kernelNs, RequestTrace.@Nullable Flag remark, OptionalLong logNs) {
    /** nginx writes {@code $request_time} and {@code $msec} in milliseconds. */
    static final long LOG_RESOLUTION_NS = 1_000_000;
    /** There is no guest behind the device, but a proxy. */
    static final GuestShare NONE = new GuestShare(OptionalLong.empty(), null, OptionalLong.empty());

    /**
     * Splits a turn-around.
     *
     * @param turnAroundNs request at the guest's device to response at the guest's device
     * @param kernelNs estimate of the kernel's share
     * @param logNs the server's own request time: the server's share is brought within one resolution of it, for within
     *     that the estimate is the finer figure
     */
    static GuestShare of(
            long turnAroundNs, OptionalLong kernelNs, RequestTrace.@Nullable Flag remark, OptionalLong logNs) {
        if (logNs.isPresent()) {
            long server = turnAroundNs - kernelNs.orElse(0);
            server = Math.clamp(server, logNs.getAsLong() - LOG_RESOLUTION_NS, logNs.getAsLong() + LOG_RESOLUTION_NS);
            long kernel = Math.clamp(turnAroundNs - server, 0, Math.max(0, turnAroundNs));
            return new GuestShare(OptionalLong.of(kernel), remark, logNs);
        }
        if (kernelNs.isEmpty()) {
            return new GuestShare(kernelNs, RequestTrace.Flag.GUEST_UNSPLIT, logNs);
        }
        long kernel = Math.clamp(kernelNs.getAsLong(), 0, Math.max(0, turnAroundNs));
        return new GuestShare(OptionalLong.of(kernel), remark, logNs);
    }
}
