package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Says in words how a report's figures were measured and how far they can be trusted. */
final class ReportMethod {
    private ReportMethod() {}

    /** A flag's name in reports, such as {@code guest-from-median}. */
    static String id(RequestTrace.Flag flag) {
        return flag.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static List<String> statements(ReportSource source, OptionalLong clockErrorNs) {
        HopHistograms histograms = source.histograms();
        ClockModel clocks = source.clocks();
        int sampledOneIn = source.sampledOneIn();
        List<String> lines = new ArrayList<>();
        lines.add(
                sampledOneIn == 1
                        ? "Every connection is timed."
                        : "One in " + sampledOneIn
                                + " connections is timed, chosen by a hash of the client's address and"
                                + " port that is the same on every host; no packet is altered.");
        lines.add(
                "End to end is from the kernel's receive stamp of the request's last byte at the entry host to the stamp of"
                        + " the response's first byte leaving it. The time to transfer the rest of the response is not in it.");
        lines.add(
                "No agent runs in the guest. guest-tcpip is what the guest's kernel took alone. It is inferred from how long the"
                        + " kernel took, at its network device, to acknowledge data at once, of this request or of those that met"
                        + " the guest equally busy or idle, less a share for the server's wake-up; nginx is the rest of the"
                        + " request's turn-around there, and so holds that wake-up.");
        if (histograms.flags().containsKey(RequestTrace.Flag.PUBLISHED)) {
            lines.add(
                    "Requests that came to where the service is published on its host are timed by the proxy: from its reading"
                            + " of the first byte to its writing of the response's last. What the host's network took"
                            + " before and after is not in them; the hops to the backend and back are as in any request.");
        }
        if (histograms.hops().stream().anyMatch(series -> series.name().equals(Hop.GUEST.id()))) {
            lines.add(
                    "A UDP request is one datagram, and its response the first one back: matched by DNS's transaction id, or else"
                            + " by order. guest is the whole turn-around at the guest's network device, as without a handshake"
                            + " nothing tells the guest's kernel from its server.");
        }
        if (source.title().equals(MeasuredService.ECHO)) {
            lines.add(
                    "A ping is answered by a kernel alone: guest-tcpip is the whole turn-around at the guest's network"
                            + " device. One to a VIP is answered by the entry host's switch and meets no guest.");
        }
        lines.add(
                "A hop met twice on one host and direction is summed. A hop with an unseen boundary counts as unattributed"
                        + " for that request.");
        lines.add(
                "Percentiles come from merged HdrHistograms with three significant digits; percentiles of hops do not add"
                        + " up to percentiles of the whole, single requests do.");
        lines.add(clockStatement(histograms, clocks, clockErrorNs));
        lines.addAll(comparisons(clocks, histograms.hosts()));
        if (histograms.flags().containsKey(RequestTrace.Flag.SERVER_LOG)) {
            lines.add(
                    "Where the server logged its own request time, nginx is brought within that log's resolution of 1 ms.");
        }
        if (histograms.flags().containsKey(RequestTrace.Flag.OVERLAY_HALVED)) {
            lines.add("The hosts' clocks are not known to agree: the overlay's one-way times are half its round trip.");
        }
        return lines;
    }

    private static String clockStatement(HopHistograms histograms, ClockModel clocks, OptionalLong clockErrorNs) {
        List<String> hosts = histograms.hosts();
        if (clockErrorNs.isEmpty()) {
            return "The hosts' clock error is unknown: times between hosts, the overlay's, are approximate. Times within one"
                    + " host are exact to " + ClockModel.READ_ERROR_NS + " ns.";
        }
        boolean shared = hosts.stream().allMatch(host -> clocks.shared(host, hosts.getFirst()));
        return shared
                ? "All hosts run on one kernel and read one clock: times between hosts are exact to "
                        + clockErrorNs.getAsLong() + " ns."
                : "The hosts' clocks were compared with STAMP (RFC 8762), four packets a second, and times between hosts are"
                        + " corrected by the offset: they are exact to " + clockErrorNs.getAsLong()
                        + " ns, however unlike the ways there and back are.";
    }

    /** One line per session, and one for each pair of hosts; for hosts on one clock that is a check of the method. */
    private static List<String> comparisons(ClockModel clocks, List<String> hosts) {
        List<String> lines = new ArrayList<>();
        clocks.measured(hosts).forEach((pair, found) -> lines.add(comparison(pair, found)));
        for (String a : hosts) {
            for (String b : hosts) {
                if (a.compareTo(b) < 0) {
                    clocks.offset(a, b).ifPresent(offset -> lines.add(together(clocks.shared(a, b), a, b, offset)));
                }
            }
        }
        return lines;
    }

    private static String comparison(ClockModel.Pair pair, PeerClock found) {
        ClockOffset offset = found.offset();
        return "STAMP from " + pair.from() + " to " + pair.to() + ": offset "
                + plusMinus(offset.offsetNs(), offset.errorNs()) + ", drift "
                + String.format(Locale.ROOT, "%.3f", offset.driftPpb() / 1000.0) + " ppm; underlay round trip "
                + micros(found.roundTripNs()) + " us at least, " + micros(found.medianRoundTripNs())
                + " us at the median; there " + plusMinus(found.thereNs(), offset.errorNs()) + ", back "
                + plusMinus(found.backNs(), offset.errorNs()) + "; "
                + found.counts().sent() + " sent, "
                + found.counts().lost() + " lost.";
    }

    private static String together(boolean shared, String a, String b, ClockOffset offset) {
        String line = "The clock of " + b + " is " + plusMinus(offset.offsetNs(), offset.errorNs())
                + " ahead of that of " + a;
        if (!shared) {
            return line + '.';
        }
        return line
                + (offset.possible(0)
                        ? "; both read one clock, so 0 must be within, and is."
                        : "; but both read one clock: THE COMPARISON IS WRONG.");
    }

    private static String plusMinus(long ns, long errorNs) {
        return micros(ns) + " +- " + micros(errorNs) + " us";
    }

    private static String micros(long ns) {
        return String.format(Locale.ROOT, "%.1f", ns / 1000.0);
    }
}
