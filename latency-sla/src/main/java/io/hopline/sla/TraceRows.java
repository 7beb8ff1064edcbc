package io.hopline.sla;

import io.hopline.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Single requests as part of a stored row of {@link HistogramRows}. */
final class TraceRows {
    private static final int MAX_HOPS = 256;
    private static final int MAX_HOSTS = 64;
    private static final long IPV6 = 1L << 48;

    private TraceRows() {}

    static void write(RowWriter out, RequestTrace trace) {
        out.text(trace.service()).number(trace.backend().isPresent() ? 1 : 0);
        trace.backend().ifPresent(out::text);
        client(out, trace.client());
        out.signed(trace.startNs()).signed(trace.endToEndNs()).signed(trace.unattributedNs());
        out.number(trace.hops().size());
        for (HopTime time : trace.hops()) {
            place(out, time.hop(), time.direction(), time.host());
            out.signed(time.ns());
        }
        out.number(trace.steps().size());
        for (RequestTrace.Step step : trace.steps()) {
            place(out, step.hop(), step.direction(), step.host());
            out.signed(step.startOffsetNs()).signed(step.ns());
        }
        out.number(trace.hostPath().size());
        trace.hostPath().forEach(out::text);
        out.number(trace.serverReportedNs().isPresent() ? 1 : 0);
        trace.serverReportedNs().ifPresent(out::signed);
        out.number(trace.flags().size());
        trace.flags().forEach(flag -> out.text(flag.name()));
    }

    static RequestTrace read(RowReader in) {
        String service = in.text();
        Optional<String> backend = in.size(1) == 1 ? Optional.of(in.text()) : Optional.empty();
        Endpoint client = client(in);
        long startNs = in.signed();
        long endToEndNs = in.signed();
        long unattributedNs = in.signed();
        List<HopTime> hops = new ArrayList<>();
        for (int n = in.size(MAX_HOPS); n > 0; n--) {
            hops.add(new HopTime(Hop.of(in.text()), direction(in), in.text(), in.signed()));
        }
        List<RequestTrace.Step> steps = new ArrayList<>();
        for (int n = in.size(MAX_HOPS); n > 0; n--) {
            steps.add(new RequestTrace.Step(Hop.of(in.text()), direction(in), in.text(), in.signed(), in.signed()));
        }
        List<String> hostPath = new ArrayList<>();
        for (int n = in.size(MAX_HOSTS); n > 0; n--) {
            hostPath.add(in.text());
        }
        OptionalLong serverReportedNs = in.size(1) == 1 ? OptionalLong.of(in.signed()) : OptionalLong.empty();
        return new RequestTrace(
                service,
                backend,
                client,
                startNs,
                endToEndNs,
                unattributedNs,
                hops,
                steps,
                hostPath,
                serverReportedNs,
                flags(in));
    }

    /** An IPv4 address and port in one number; of IPv6 the port in one with {@link #IPV6} set, then the address. */
    private static void client(RowWriter out, Endpoint client) {
        if (client.address() instanceof Ipv4Address ip) {
            out.number(ip.low() << 16 | client.port());
        } else {
            out.number(IPV6 | client.port());
            out.number(client.address().high()).number(client.address().low());
        }
    }

    private static Endpoint client(RowReader in) {
        long number = in.number();
        int port = (int) (number & 0xffff);
        return (number & IPV6) == 0
                ? Endpoint.of(0, number >>> 16 & 0xffff_ffffL, port)
                : Endpoint.of(in.number(), in.number(), port);
    }

    private static void place(RowWriter out, Hop hop, Direction direction, String host) {
        out.text(hop.id()).number(direction.ordinal()).text(host);
    }

    private static Direction direction(RowReader in) {
        return in.size(1) == 0 ? Direction.REQUEST : Direction.RESPONSE;
    }

    private static Set<RequestTrace.Flag> flags(RowReader in) {
        Set<RequestTrace.Flag> flags = EnumSet.noneOf(RequestTrace.Flag.class);
        for (int n = in.size(RequestTrace.Flag.values().length); n > 0; n--) {
            flags.add(RequestTrace.Flag.valueOf(in.text()));
        }
        return flags;
    }
}
