package io.hopline.sla;

/**
 * Which segments of timed connections tell the joiner something, so that a place where they pass need not note the others: a
 * download has one segment that begins the response and thousands that go on with it.
 *
 * <p>Telling are: SYN, SYN/ACK and RST; the segment that ends a request, which is the one with PSH (RFC 9293, section 3.9.1: a
 * sender sets it in the last segment of what it has); the segment that begins a response, which is the first to acknowledge
 * that request, and whatever comes before or over it again; a pure ACK of a request's end. Of every connection one request
 * and one response are remembered, by hash; of two connections that share a place more segments tell, but an ACK may be
 * missed, for which the guest's share has other sources.
 *
 * <p>For one place and one thread; allocates nothing.
 */
public final class TellingSegments {
    private static final int PLACES = 1 << 10;

    private final long[] connections = new long[PLACES];
    private final int[] requestEnds = new int[PLACES];
    private final int[] responseStarts = new int[PLACES];
    private final int[] responseAcks = new int[PLACES];
    private final boolean[] answering = new boolean[PLACES];

    /**
     * Takes note of a segment.
     *
     * @param clientHigh the client's address, with {@code clientLow}, as {@link io.hopline.packet.IpAddress#high} says
     * @param flags TCP flags, {@link Sighting#SYN} and so on
     * @param payload its payload bytes
     */
    public boolean tells(
            Direction direction,
            long clientHigh,
            long clientLow,
            int clientPort,
            int flags,
            int sequence,
            int acknowledgment,
            int payload) {
        if ((flags & (Sighting.SYN | Sighting.RST)) != 0) {
            return true;
        }
        boolean request = direction == Direction.REQUEST;
        if (request && (payload <= 0 || (flags & Sighting.PSH) == 0)) {
            return false;
        }
        int place = place(clientHigh, clientLow, clientPort);
        if (request) {
            requestEnds[place] = sequence + payload;
            return true;
        }
        return payload > 0
                ? begins(place, sequence, acknowledgment)
                : acknowledgment == requestEnds[place] && (flags & (Sighting.FIN | Sighting.RST)) == 0;
    }

    private int place(long clientHigh, long clientLow, int clientPort) {
        long connection = Endpoint.digest(clientHigh, clientLow, clientPort);
        int place =
                ConnectionSampler.hash(ConnectionSampler.fold(clientHigh, clientLow), clientPort) >>> 8 & PLACES - 1;
        if (connections[place] != connection) {
            connections[place] = connection;
            answering[place] = false;
        }
        return place;
    }

    private boolean begins(int place, int sequence, int acknowledgment) {
        boolean same = answering[place] && acknowledgment == responseAcks[place];
        if (same && sequence - responseStarts[place] > 0) {
            return false;
        }
        answering[place] = true;
        responseAcks[place] = acknowledgment;
        responseStarts[place] = sequence;
        return true;
    }
}
