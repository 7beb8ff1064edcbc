package io.hopline.lb.proxy;

import io.hopline.lb.http.Refusal;
import io.hopline.lb.http.RequestHead;
import java.net.InetAddress;

/**
 * One request as the access log tells it. The timers are HAProxy's: TR from the first byte of the request to its routing,
 * Tw until a connection of the backend was free or began to be opened, earlier tries included, Tc until it was open, Tr from
 * there to the first byte of the answer, Ta from the first byte of the request to the last of the answer. A time is
 * nanoseconds, or -1 for a phase that was not reached.
 *
 * @param atNs when the first byte came, nanoseconds since 1970
 * @param client the client, behind proxies that are trusted
 * @param protocol {@code HTTP/1.1} or the like
 * @param backend its name; empty when none was asked
 * @param status of the answer, 0 when there was none
 * @param bytes of the answer's body
 * @param tries backends asked
 * @param end {@code ok}, {@code refused} by the proxy, {@code failed} at the backends, {@code no-websocket} where none takes
 *     one, {@code cut} in the answer, {@code gone} when the client left
 */
record AccessEntry(
        long atNs,
        InetAddress client,
        int clientPort,
        String protocol,
        String service,
        String method,
        String host,
        String target,
        String backend,
        int status,
        long bytes,
        int tries,
        String end,
        long requestNs,
        long queueNs,
        long connectNs,
        long responseNs,
        long allNs) {
    /** What became of a request for which backends were asked. */
    static AccessEntry of(
            HttpProxy proxy,
            Front front,
            RequestHead request,
            InetAddress client,
            Tries tries,
            RequestClock times,
            int status,
            long bytes,
            String end) {
        return new AccessEntry(
                times.firstByteNs(),
                client,
                front.clientAddress().getPort(),
                request.protocol(),
                proxy.service(),
                request.method(),
                request.host(),
                request.target(),
                tries.lastBackend(),
                status,
                bytes,
                tries.count(),
                end,
                times.requestNs(),
                times.queueNs(),
                times.connectNs(),
                times.responseNs(),
                times.untilNowNs());
    }

    /** What the proxy answered itself, without asking a backend. */
    static AccessEntry refused(
            HttpProxy proxy, Front front, RequestHead request, InetAddress client, long firstByteNs, Refusal refusal) {
        long tookNs = proxy.clock().getAsLong() - firstByteNs;
        return new AccessEntry(
                firstByteNs,
                client,
                front.clientAddress().getPort(),
                request.protocol(),
                proxy.service(),
                request.method(),
                request.host(),
                request.target(),
                "",
                refusal.status().code(),
                0,
                0,
                "refused",
                tookNs,
                -1,
                -1,
                -1,
                tookNs);
    }
}
