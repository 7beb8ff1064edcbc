package io.hopline.lb.proxy;

import io.hopline.lb.http.Peer;
import java.net.InetSocketAddress;

/** The phases of one request as they happen; 0 is a phase that has not. Event loop only. */
final class RequestClock {
    private final HttpProxy proxy;
    private final long firstByteNs;
    private long requestReadNs;
    private long routedNs;
    private long connectingNs;
    private long connectedNs;
    private boolean connecting;
    private long requestWrittenNs;
    private long answerBeganNs;
    private int status;

    RequestClock(HttpProxy proxy, long firstByteNs) {
        this.proxy = proxy;
        this.firstByteNs = firstByteNs;
    }

    /** Only the first call counts: a request without a body is complete with its head. */
    void requestRead() {
        if (requestReadNs == 0) {
            requestReadNs = now();
        }
    }

    void routed() {
        routedNs = now();
    }

    /** A connection begins to be opened. */
    void connecting() {
        connecting = true;
        connectingNs = now();
    }

    void connected() {
        connectedNs = now();
        if (!connecting) {
            connectingNs = connectedNs;
        }
        connecting = false;
    }

    void requestWritten() {
        requestWrittenNs = now();
    }

    void answerBegan() {
        if (answerBeganNs == 0) {
            answerBeganNs = now();
        }
    }

    boolean answerHasBegun() {
        return answerBeganNs != 0;
    }

    /** What came was an interim answer. */
    void answerIsNotYetThere() {
        answerBeganNs = 0;
    }

    void status(int code) {
        status = code;
    }

    /** The answer's last byte is with the kernel; a request that was not read to its end has no phases to tell. */
    void answered(Peer client, InetSocketAddress backendLocal, InetSocketAddress backend) {
        long nowNs = now();
        proxy.tally().answered(status);
        if (requestReadNs != 0 && requestWrittenNs != 0 && client.isTimed()) {
            proxy.phases()
                    .requestDone(new RequestPhases(
                            proxy.service(),
                            client.connection(),
                            client.asked(),
                            backendLocal,
                            backend,
                            status,
                            firstByteNs,
                            requestReadNs,
                            routedNs,
                            connectingNs,
                            connectedNs,
                            requestWrittenNs,
                            answerBeganNs,
                            nowNs));
        }
    }

    int status() {
        return status;
    }

    /** When the first byte came. */
    long firstByteNs() {
        return firstByteNs;
    }

    /** TR: until a backend was looked for, or -1. */
    long requestNs() {
        return between(firstByteNs, routedNs);
    }

    /** Tw: until a connection was free or began to be opened, or -1. */
    long queueNs() {
        return between(routedNs, connectingNs);
    }

    /** Tc: until the connection was open, or -1. */
    long connectNs() {
        return between(connectingNs, connectedNs);
    }

    /** Tr: until the answer began, or -1. */
    long responseNs() {
        return between(connectedNs, answerBeganNs);
    }

    /** Ta: from the first byte until now. */
    long untilNowNs() {
        return now() - firstByteNs;
    }

    private static long between(long from, long to) {
        return from == 0 || to == 0 ? -1 : Math.max(0, to - from);
    }

    private long now() {
        return proxy.clock().getAsLong();
    }
}
