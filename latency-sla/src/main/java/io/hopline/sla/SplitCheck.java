package io.hopline.sla;

import java.util.OptionalLong;

/**
 * How one request's turn-around at its guest divides, as inferred from outside and as exact sources say. All nanoseconds.
 *
 * @param turnAroundNs request in at the guest's device to response out
 * @param inferredNs the kernel's share as it is inferred without them
 * @param exactNs the kernel's share by its own word: segment in to TCP having taken it, and write to segment out
 * @param wakeUpNs by the kernel: TCP had the request until the server's read returned; 0 when it did not tell
 * @param serverNs by the kernel: the server's read returned until it wrote; 0 when it did not tell
 * @param logNs the server's log of the request, {@value GuestShare#LOG_RESOLUTION_NS} ns fine
 */
public record SplitCheck(
        long turnAroundNs, long inferredNs, OptionalLong exactNs, long wakeUpNs, long serverNs, OptionalLong logNs) {
    /** By how much the inference is wrong, either way; empty without the kernel's word. */
    OptionalLong errorNs() {
        return exactNs.isPresent() ? OptionalLong.of(Math.abs(inferredNs - exactNs.getAsLong())) : OptionalLong.empty();
    }

    /** By how much the server's inferred time is off its log, beyond what the log's resolution allows; empty without a log. */
    OptionalLong beyondLogNs() {
        if (logNs.isEmpty()) {
            return OptionalLong.empty();
        }
        long off = Math.abs(turnAroundNs - inferredNs - logNs.getAsLong());
        return OptionalLong.of(Math.max(0, off - GuestShare.LOG_RESOLUTION_NS));
    }
}
