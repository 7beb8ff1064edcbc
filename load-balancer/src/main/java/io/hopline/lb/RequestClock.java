package io.hopline.lb;

import java.net.InetSocketAddress;

/** The phases of one request as they happen; 0 is a phase that has not. Event loop only. */
final class RequestClock {
    private final HttpProxy proxy;
    private final long firstByteNs;
    private long requestReadNs;
    private long routedNs;
    private long connectedNs;
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

    void connected() {
        connectedNs = now();
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
    void answered(InetSocketAddress client, InetSocketAddress backendLocal, InetSocketAddress backend) {
        long nowNs = now();
        proxy.tally().answered(status);
        if (requestReadNs != 0 && requestWrittenNs != 0) {
            proxy.phases()
                    .requestDone(new RequestPhases(
                            proxy.service(),
                            client,
                            backendLocal,
                            backend,
                            status,
                            firstByteNs,
                            requestReadNs,
                            routedNs,
                            connectedNs,
                            requestWrittenNs,
                            answerBeganNs,
                            nowNs));
        }
    }

    private long now() {
        return proxy.clock().getAsLong();
    }
}
