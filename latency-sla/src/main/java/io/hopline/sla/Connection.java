package io.hopline.sla;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the joiner keeps of one client address and port. */
final class Connection {
    /** Proxy phases and log lines kept unclaimed; the oldest go first. */
    static final int MAX_NOTES = 4096;
    /** How far behind a joined request a response may lag and still count as late rather than new. */
    private static final int LATE_WINDOW = 1 << 24;
    /** Requests searched one by one when none ends where the response acknowledges. */
    private static final int MAX_SCAN = 256;

    final Endpoint client;
    long lastSeenNs;
    final GuestTurnAround guest = new GuestTurnAround();
    final Obstacles obstacles = new Obstacles();
    final Map<Integer, Exchange> exchanges = new HashMap<>();
    final Deque<Sighting.Phases> phases = new ArrayDeque<>();
    final Deque<Sighting.OwnAnswer> ownAnswers = new ArrayDeque<>();
    final Deque<Sighting.ServerLog> logs = new ArrayDeque<>();
    final Deque<Sighting.ServerTurn> turns = new ArrayDeque<>();
    /** Joined backend requests that wait for their front request. */
    final Deque<Exchange> unclaimed = new ArrayDeque<>();

    /** Of a proxy's connection to a backend, the service whose requests it carries, once one was joined. */
    @Nullable
    String service;

    /** The server's side has sent a reset since the connection was opened. */
    boolean reset;

    private final Map<Integer, List<Seen>> requests = new LinkedHashMap<>();
    private int doneEnd;
    private boolean anyDone;
    private boolean opened;
    private int isn;
    private boolean acceptedAny;
    private int acceptedIsn;

    Connection(Endpoint client) {
        this.client = client;
    }

    /**
     * A client that opens its port anew starts from a new sequence number; what was joined before says nothing then.
     *
     * @return true when this is the first of such a SYN
     */
    boolean opened(int initialSequence) {
        if (opened && initialSequence == isn) {
            return false;
        }
        opened = true;
        isn = initialSequence;
        anyDone = false;
        reset = false;
        obstacles.forget();
        return true;
    }

    /** The server's side has answered a SYN of this number, which may have been seen, or not yet. */
    void accepted(int initialSequence) {
        acceptedAny = true;
        acceptedIsn = initialSequence;
    }

    /** True when the last SYN has this number and nobody answered it. */
    boolean attempted(int initialSequence) {
        return isn == initialSequence && !(acceptedAny && acceptedIsn == initialSequence);
    }

    /** True when no sighting of a request that ends there is kept. */
    boolean isNew(int requestEnd) {
        return !requests.containsKey(requestEnd);
    }

    /** Keeps a request's sighting; returns the number of sightings dropped to make room. */
    int addRequest(Seen seen, int maxRequests) {
        requests.computeIfAbsent(seen.segment().end(), end -> new ArrayList<>(8))
                .add(seen);
        if (requests.size() <= maxRequests) {
            return 0;
        }
        Integer eldest = requests.keySet().iterator().next();
        List<Seen> dropped = requests.remove(eldest);
        return dropped == null ? 0 : dropped.size();
    }

    /** Takes out the sightings of the request that ends where the response acknowledges. */
    List<Seen> takeRequest(int requestEnd) {
        List<Seen> exact = requests.remove(requestEnd);
        if (exact != null) {
            return exact;
        }
        List<Seen> holding = new ArrayList<>();
        if (requests.size() <= MAX_SCAN) {
            for (List<Seen> list : requests.values()) {
                list.stream().filter(s -> s.segment().holds(requestEnd - 1)).forEach(holding::add);
            }
            requests.values().forEach(list -> list.removeAll(holding));
            requests.values().removeIf(List::isEmpty);
        }
        return holding;
    }

    int waitingRequestSightings() {
        return requests.values().stream().mapToInt(List::size).sum();
    }

    void done(Exchange exchange) {
        exchange.finished = true;
        exchanges.remove(exchange.requestEnd);
        if (!anyDone || exchange.requestEnd - doneEnd > 0) {
            doneEnd = exchange.requestEnd;
        }
        anyDone = true;
    }

    /** True for a response frame of a request that was joined already. */
    boolean late(int requestEnd) {
        return anyDone && Integer.compareUnsigned(doneEnd - requestEnd, LATE_WINDOW) < 0;
    }

    /** Takes out the proxy's word that it answered a request itself between two times; null when it did not. */
    Sighting.@Nullable OwnAnswer takeOwnAnswer(long fromNs, long toNs) {
        for (Sighting.OwnAnswer answer : ownAnswers) {
            if (answer.answeredNs() >= fromNs && answer.answeredNs() <= toNs) {
                ownAnswers.remove(answer);
                return answer;
            }
        }
        return null;
    }

    /**
     * Takes out the proxy's record of a request that lay at the proxy's device between two times; null when there is none.
     * The backend's answer, or for want of one the request's first byte, must have been read within them.
     */
    Sighting.@Nullable Phases takePhases(long fromNs, long toNs) {
        for (Sighting.Phases p : phases) {
            long ns = p.firstByteNs() != 0 ? p.firstByteNs() : p.readNs();
            if (ns >= fromNs && ns <= toNs) {
                phases.remove(p);
                return p;
            }
        }
        return null;
    }

    /**
     * Takes out the log line of a request: the first whose span, widened by the log's resolution, holds the time at which
     * the response left the guest.
     */
    Sighting.@Nullable ServerLog takeLog(long departedNs) {
        Sighting.ServerLog log = log(departedNs);
        if (log != null) {
            logs.remove(log);
        }
        return log;
    }

    private Sighting.@Nullable ServerLog log(long departedNs) {
        for (Sighting.ServerLog log : logs) {
            long slackNs = GuestShare.LOG_RESOLUTION_NS;
            if (departedNs >= log.loggedNs() - log.requestTimeNs() - slackNs
                    && departedNs <= log.loggedNs() + 2 * slackNs) {
                return log;
            }
        }
        return null;
    }

    /**
     * Takes out the server's turn that lay between a request's arrival at the guest's device and its response's departure,
     * both kernel stamps of the host that also tells of turns; null when there is none.
     */
    Sighting.@Nullable ServerTurn takeTurn(long arrivedNs, long departedNs) {
        turns.removeIf(turn -> turn.writtenNs() < arrivedNs);
        for (Sighting.ServerTurn turn : turns) {
            if (turn.takenNs() >= arrivedNs - ClockModel.READ_ERROR_NS
                    && turn.writtenNs() <= departedNs + ClockModel.READ_ERROR_NS) {
                turns.remove(turn);
                return turn;
            }
        }
        return null;
    }

    /** The HTTP status in the log line that {@link #takeLog} would take; 0 when there is none. */
    int loggedStatus(long departedNs) {
        Sighting.ServerLog log = log(departedNs);
        return log == null ? 0 : log.status();
    }

    static <T> void keep(Deque<T> notes, T note) {
        if (notes.size() == MAX_NOTES) {
            notes.removeFirst();
        }
        notes.addLast(note);
    }
}
