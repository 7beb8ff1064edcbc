package io.hopline.node;

import io.hopline.packet.Ethernet;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Udp;
import io.hopline.sla.Endpoint;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.SightingWriter;
import io.hopline.vswitch.LocalHandler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The link-local collector at 169.254.169.254, UDP port 514, to which a guest's nginx may send a line per request with
 * what it measured itself: an exact source beside the inferred one.
 *
 * <p>In: frames that the switch's flows output to LOCAL. Out: {@link Sighting.ServerLog} records of timed clients. Runs on
 * the switch's slow-path thread. The line's text is the log format {@code $remote_addr:$remote_port $status $msec
 * $request_time} behind whatever syslog header; anything else is ignored.
 */
final class SyslogCollector implements LocalHandler {
    private static final int SYSLOG_PORT = 514;
    private static final Pattern LINE = Pattern.compile(
            "([0-9.]{7,15}|[0-9a-fA-F:]{2,39}):([0-9]{1,5}) ([0-9]{3}) ([0-9]{1,11})\\.([0-9]{3}) ([0-9]{1,6})\\.([0-9]{3})\\s*$");

    private final SightingRing ring;
    private final FrameHeaders headers = new FrameHeaders();
    private final MemorySegment record = Arena.ofAuto().allocate(Sighting.BYTES, 64);
    private volatile TimedConnections timed = TimedConnections.NONE;

    /** @param ring where records go; this is its writer */
    SyslogCollector(SightingRing ring) {
        this.ring = ring;
    }

    void timed(TimedConnections connections) {
        timed = connections;
    }

    @Override
    public void handle(byte[] frame, int inPort) {
        if (frame.length < Ethernet.BYTES) {
            return;
        }
        MemorySegment memory = MemorySegment.ofArray(frame);
        if (headers.parse(memory, 0, frame.length) != FrameHeaders.Verdict.OK
                || !headers.isUdp()
                || headers.destinationPort() != SYSLOG_PORT) {
            return;
        }
        int start = headers.l4Offset() + Udp.BYTES;
        String line = new String(frame, start, frame.length - start, StandardCharsets.ISO_8859_1);
        parse(line).filter(log -> timed.isTimedClient(log.client())).ifPresent(log -> {
            SightingWriter.serverLog(record, 0, log);
            ring.offer(record, 0);
        });
    }

    /** Reads the end of a syslog line; empty when it is not in our log format. */
    static Optional<Sighting.ServerLog> parse(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.find()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Sighting.ServerLog(
                    new Endpoint(IpAddress.parse(matcher.group(1)), Integer.parseInt(matcher.group(2))),
                    Integer.parseInt(matcher.group(3)),
                    ns(matcher.group(4), matcher.group(5)),
                    ns(matcher.group(6), matcher.group(7))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static long ns(String seconds, String milliseconds) {
        return (Long.parseLong(seconds) * 1000 + Long.parseLong(milliseconds)) * 1_000_000;
    }
}
