package io.hopline.sla;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of one connection that keeps its requests from being timed as others are: TLS, closed windows, requests sent
 * before the last was answered. Keeps at most {@value #MAX_NOTICES} notices, the oldest go first.
 */
final class Obstacles {
    static final int MAX_NOTICES = 64;

    private final Deque<Sighting.Notice> notices = new ArrayDeque<>();
    private boolean tls;
    private boolean answered;
    private int answeredEnd;
    private int answeredAck;
    private long answeredNs;

    void note(Sighting.Notice notice) {
        tls |= notice.what() == Sighting.Notice.What.TLS_HANDSHAKE;
        if (notices.size() == MAX_NOTICES) {
            notices.removeFirst();
        }
        notices.addLast(notice);
    }

    /** The client opened its port anew. */
    void forget() {
        notices.clear();
        tls = false;
        answered = false;
    }

    /** The connection is encrypted: its bytes tell nothing. */
    boolean tls() {
        return tls;
    }

    /**
     * What speaks against a request; null when nothing does. To be asked once for each, in the order of their ends.
     *
     * @param request acknowledges what its client had got
     * @param firstSeq of its response
     */
    @Nullable
    Exclusion against(Sighting.Segment request, int requestEnd, int firstSeq, Leg leg) {
        Exclusion reason = null;
        for (Sighting.Notice notice : notices) {
            boolean inIt = notice.seq() - requestEnd < 0 && (!answered || notice.seq() - answeredEnd >= 0);
            if (notice.what() == Sighting.Notice.What.TLS_HANDSHAKE && inIt) {
                reason = Exclusion.TLS_HANDSHAKE;
            } else if (notice.what() == Sighting.Notice.What.ZERO_WINDOW && closed(notice, leg)) {
                reason = reason == null ? Exclusion.ZERO_WINDOW : reason;
            }
        }
        // A client that waits for each response has acknowledged all of the last one when it asks again.
        if (reason == null && request.ack() != firstSeq) {
            boolean ahead = answered && request.ack() == answeredAck;
            reason = ahead ? Exclusion.PIPELINED : Exclusion.RESPONSE_START_NOT_SEEN;
        }
        notices.removeIf(notice -> notice.ns() <= leg.departedNs());
        answered = true;
        answeredEnd = requestEnd;
        answeredAck = request.ack();
        answeredNs = leg.departedNs();
        return reason;
    }

    /** The client's window stops a response, the guest's a request, of which only the end is stamped. */
    private boolean closed(Sighting.Notice notice, Leg leg) {
        long sinceNs = notice.direction() == Direction.REQUEST ? leg.arrivedNs() : answered ? answeredNs : 0;
        return leg.departedNs() != 0 && notice.ns() >= sinceNs && notice.ns() <= leg.departedNs();
    }
}
