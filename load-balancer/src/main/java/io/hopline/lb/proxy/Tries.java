package io.hopline.lb.proxy;

import io.hopline.lb.config.RetryPolicy;
import io.hopline.lb.config.StickyCookie;
import io.hopline.lb.route.BackendLoad;
import io.hopline.lb.route.Balancer;
import io.hopline.lb.route.RetryBudget;
import io.hopline.lb.route.Target;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tries of one request: which backends it has been to, and whether it may go to another. Event loop only. */
final class Tries implements Balancer.Candidates {
    /** What went wrong with a try. */
    enum Failure {
        /** The backend did not accept a connection, so it got nothing. */
        CONNECT,
        /** A connection that had been idle was closed without a byte: the backend may have ended it at that moment. */
        STALE,
        /** The backend went away or was busy, and said that it has not looked at the request. */
        REFUSED,
        /** A WebSocket was asked for, and the backend does not take one over HTTP/2 (RFC 8441, section 3); it got nothing. */
        NO_WEBSOCKET,
        /** The backend closed or reset the connection before it answered. */
        LOST,
        /** No answer within the time of one try. */
        TIMEOUT,
        /** An answer with a status that the service wants tried again. */
        STATUS
    }

    /** How much may be overlooked to find a backend at all. */
    private enum Leniency {
        NOTHING,
        EJECTED,
        EJECTED_AND_TRIED
    }

    private final LoopRoute route;
    private final RetryPolicy policy;
    private final RetryBudget budget;
    private final int maxRequests;
    private final int hash;
    private @Nullable Target preferred;
    private @Nullable BackendLoad current;
    private @Nullable List<BackendLoad> before;
    private int count;
    private boolean staleOnce;
    private Leniency leniency = Leniency.NOTHING;
    private long nowNs;
    private long begunNs;
    private String lastBackend = "";

    /**
     * Begins with none.
     *
     * @param maxRequests most requests under way at one backend, on this event loop
     * @param hash of what the client is known by
     * @param preferred the backend that the client's cookie names
     */
    Tries(
            LoopRoute route,
            RetryPolicy policy,
            RetryBudget budget,
            int maxRequests,
            int hash,
            @Nullable Target preferred) {
        this.route = route;
        this.policy = policy;
        this.budget = budget;
        this.maxRequests = maxRequests;
        this.hash = hash;
        this.preferred = preferred;
    }

    /** True for a request that may be sent twice: nothing of it is lost, and twice is as good as once. */
    static boolean repeatable(String method, boolean hasBody) {
        return !hasBody
                && switch (method) {
                    case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
                    default -> false;
                };
    }

    /** The backend of the first try, or null when all have as much as they may. */
    @Nullable
    BackendLoad first(long now) {
        budget.request(now);
        return next(Leniency.EJECTED, now);
    }

    /**
     * The backend of another try, after {@link #failed}.
     *
     * @return null when there may be none
     */
    @Nullable
    BackendLoad again(Failure failure, boolean repeatable, long now) {
        boolean free = !staleOnce && (failure == Failure.STALE || failure == Failure.REFUSED);
        if (policy.maxTries() == 1 || (count >= policy.maxTries() && !free)) {
            return null;
        }
        return switch (failure) {
            case CONNECT, NO_WEBSOCKET -> next(Leniency.EJECTED, now);
            case STALE -> repeatable && !staleOnce ? sameAgain(now) : null;
            case REFUSED -> staleOnce ? next(Leniency.EJECTED_AND_TRIED, now) : sameAgain(now);
            case LOST, TIMEOUT, STATUS ->
                repeatable && budget.take(policy, now) ? next(Leniency.EJECTED_AND_TRIED, now) : null;
        };
    }

    /** The backend may be well; it is asked on a connection that was never idle. */
    private @Nullable BackendLoad sameAgain(long now) {
        staleOnce = true;
        if (before == null || before.isEmpty()) {
            return null;
        }
        BackendLoad same = before.removeLast();
        count--;
        take(same, now);
        return same;
    }

    private @Nullable BackendLoad next(Leniency most, long now) {
        nowNs = now;
        for (Leniency allowed : Leniency.values()) {
            if (allowed.compareTo(most) > 0) {
                break;
            }
            leniency = allowed;
            Target wanted = preferred;
            Target found = wanted != null && admit(wanted.load()) ? wanted : route.choose(this, hash, now);
            if (found != null) {
                take(found.load(), now);
                return found.load();
            }
        }
        return null;
    }

    private void take(BackendLoad load, long now) {
        current = load;
        count++;
        begunNs = now;
        load.begun();
        lastBackend = load.backend().name();
    }

    /** Tries begun. */
    int count() {
        return count;
    }

    /** The backend of the last try; empty before the first. */
    String lastBackend() {
        return lastBackend;
    }

    @Override
    public boolean admit(BackendLoad load) {
        return load.active() < maxRequests
                && (leniency != Leniency.NOTHING || !load.outlier().ejected(nowNs))
                && (leniency == Leniency.EJECTED_AND_TRIED || before == null || !before.contains(load));
    }

    /** True when the try under way has had all the time that one may have. */
    boolean tookTooLong(long now) {
        return policy.perTryTimeoutMs() > 0 && now - begunNs > policy.perTryTimeoutMs() * 1_000_000L;
    }

    /** True when the answer is to be thrown away if there may be another try. */
    boolean unwanted(int status) {
        return policy.statuses().contains(status);
    }

    /** The backend's answer begins. */
    void answered(int status, long now) {
        if (current != null) {
            current.answered(status, now - begunNs, now);
        }
    }

    /** An answer goes on to the client, so long after the request was routed. */
    void passedOn(int status, long ns) {
        route.tally().answered(status, ns);
    }

    /** No backend's answer goes on to the client, or not the whole of one. */
    void gaveUp() {
        route.tally().failed();
    }

    /** The try under way has failed. */
    void failed(Failure failure, long now) {
        BackendLoad failing = current;
        if (failing != null) {
            if (failure == Failure.CONNECT || failure == Failure.LOST || failure == Failure.TIMEOUT) {
                failing.failed(now);
            } else if (failure == Failure.NO_WEBSOCKET) {
                failing.lacksWebSockets();
            }
            if (before == null) {
                before = new ArrayList<>(2);
            }
            before.add(failing);
        }
        ended();
    }

    /** Nothing is under way any more, whatever came of it. */
    void ended() {
        if (current != null) {
            current.ended();
            current = null;
        }
    }

    /** The cookie by which the client will find this backend again, or null when it has it or needs none. */
    @Nullable
    String cookie(String service, boolean secure) {
        BackendLoad load = current;
        boolean known = preferred != null && load == preferred.load();
        if (load == null || known || !route.sticks()) {
            return null;
        }
        String name = route.route().rule().balancing().name();
        return StickyCookie.header(name, StickyCookie.id(service, load.backend()), secure);
    }
}
