package io.hopline.lb.proxy;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.Peer;
import io.hopline.lb.http.Refusal;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.RequestRules;
import io.hopline.lb.http.ResponseHead;
import io.hopline.lb.route.BackendLoad;
import io.hopline.lb.route.RoutingTable;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to a backend and its answer on the way back; event loop only.
 *
 * <p>Backpressure in both directions: the client is read while the backend's connection takes more, the backend is read
 * while the client's does, so a slow reader holds no more than the two write buffers and one read (RFC 9112 messages are
 * passed on piece by piece). Which backend is asked, and whether another is when it fails, {@link Tries} knows; a request
 * that cannot be saved is a 502, 503 or 504.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class Exchange {
    private static final Refusal NO_WEBSOCKET = new Refusal(
            HttpResponseStatus.BAD_GATEWAY, "the backend does not take WebSockets over HTTP/2 (RFC 8441, section 3)");

    private final Front front;
    private final ProxyLoop loop;
    private final RequestHead request;
    private final RoutingTable table;
    private final RoutingTable.Route route;
    private final InetAddress client;
    private final long startedNs = System.nanoTime();
    private final Tries tries;
    private final boolean repeatable;
    private final RequestClock times;

    private @Nullable Upstream backend;
    private boolean requestComplete;
    private boolean unflushed;
    private boolean answerBegun;
    private boolean tunnel;
    private boolean clientEnded;
    private boolean backendPaused;
    private boolean finished;
    private long requestBytes;
    private long answerBytes;

    private Exchange(
            Front front,
            ProxyLoop loop,
            RequestHead request,
            RoutingTable table,
            LoopRoute route,
            InetAddress client,
            long firstByteNs) {
        this.front = front;
        this.loop = loop;
        this.request = request;
        this.table = table;
        this.route = route.route();
        this.client = client;
        this.tries = loop.tries(route, request.fields(), client);
        this.repeatable = Tries.repeatable(request.method(), request.hasBody());
        this.times = new RequestClock(loop.proxy(), firstByteNs);
        if (!request.hasBody()) {
            requestComplete = true;
            times.requestRead();
        }
    }

    /** The exchange for a request, not started; or null when the front has been told to refuse it. */
    static @Nullable Exchange route(Front front, ProxyLoop loop, RequestHead request, long firstByteNs) {
        RoutingTable table = loop.proxy().routes();
        InetAddress client =
                table.forwarded().client(request.fields(), front.clientAddress().getAddress());
        LoopRoute route = loop.route(
                table, request.host(), request.method(), RequestRules.originForm(request.target()), request.fields());
        Refusal refusal = Admission.refusal(route, request, table.policy().limits(), front, client);
        if (route == null || refusal != null) {
            Refusal answer = Objects.requireNonNull(refusal);
            AccessLog log = loop.proxy().accessLog();
            if (log != null) {
                log.add(AccessEntry.refused(loop.proxy(), front, request, client, firstByteNs, answer));
            }
            front.refuse(answer);
            return null;
        }
        return new Exchange(front, loop, request, table, route, client, firstByteNs);
    }

    /** Chooses a backend and asks for a connection to it. */
    void start() {
        ProxyHeaders.toBackend(request, front.peer().asked());
        table.forwarded().toBackend(request.fields(), front.peer());
        route.rewrite(request);
        times.routed();
        BackendLoad first = tries.first(System.nanoTime());
        if (first == null) {
            poolFull();
        } else {
            loop.pool(first.backend()).acquire(this, false);
        }
    }

    /** A connection begins to be opened for it. */
    void connecting() {
        times.connecting();
    }

    Peer peer() {
        return front.peer();
    }

    boolean finished() {
        return finished;
    }

    boolean requestComplete() {
        return requestComplete;
    }

    /** True when a piece of the request's body has somewhere to go. */
    boolean takesBody() {
        return backend != null && backend.takesBody();
    }

    /** A connection is at hand: the request leaves. */
    void connected(Upstream connection) {
        times.connected();
        backend = connection;
        front.progressed();
        connection.begin(this, request);
        if (requestComplete) {
            connection.end(null);
        }
        unflushed = true;
        front.pump();
        flush();
    }

    void connectFailed(Throwable cause) {
        if (triesAgain(Tries.Failure.CONNECT)) {
            return;
        }
        if (cause instanceof ConnectTimeoutException) {
            fail(HttpResponseStatus.GATEWAY_TIMEOUT, "no backend accepted a connection in time");
        } else {
            fail(HttpResponseStatus.BAD_GATEWAY, "no backend accepted a connection");
        }
    }

    /** Gives the try up for another, if there may be one; else the caller says what became of the request. */
    private boolean triesAgain(Tries.Failure failure) {
        long nowNs = System.nanoTime();
        tries.failed(failure, nowNs);
        BackendLoad next = tries.again(failure, repeatable, nowNs);
        if (next == null) {
            return false;
        }
        loop.proxy().tally().retries.increment();
        times.answerIsNotYetThere();
        loop.pool(next.backend()).acquire(this, failure == Tries.Failure.STALE || failure == Tries.Failure.REFUSED);
        return true;
    }

    void poolFull() {
        fail(HttpResponseStatus.SERVICE_UNAVAILABLE, "too many requests wait for this backend");
    }

    /** Passes a piece of the request's body on; {@link #takesBody} has been asked. */
    void body(ByteBuf piece) {
        if (finished || backend == null) {
            piece.release();
            return;
        }
        requestBytes += piece.readableBytes();
        long most = table.policy().limits().maxBodyBytes();
        if (most > 0 && !tunnel && requestBytes > most) {
            piece.release();
            tooLong();
            return;
        }
        backend.body(piece);
        unflushed = true;
    }

    /** The request is whole; of a tunnel, the client says no more, and what the backend still says goes on to it. */
    void requestEnded(@Nullable HeaderFields trailers) {
        if (clientEnded) {
            return;
        }
        requestComplete = true;
        clientEnded = tunnel;
        times.requestRead();
        if (!finished && backend != null) {
            backend.end(trailers);
            unflushed = true;
        }
    }

    private void tooLong() {
        if (answerBegun) {
            cut();
        } else {
            fail(Admission.LONG_BODY);
        }
    }

    /** The request's body broke a rule: the backend must not take what came of it for the whole. */
    void badBody() {
        if (finished) {
            return;
        }
        if (answerBegun) {
            cut();
        } else {
            fail(HttpResponseStatus.BAD_REQUEST, "the request's body is not well-formed");
        }
    }

    /** Sends what was written to the backend since the last flush. */
    void flush() {
        if (unflushed && backend != null) {
            unflushed = false;
            backend.flush();
        }
    }

    /** The request's last byte is with the kernel. */
    void requestWritten() {
        times.requestWritten();
    }

    /** The first bytes of an answer are here, still undecoded. */
    void answerBytesArrived() {
        front.progressed();
        times.answerBegan();
    }

    /** 100 Continue and its like go on to a client that knows them. */
    void interim(ResponseHead head) {
        times.answerIsNotYetThere();
        ProxyHeaders.toClient(head);
        front.interim(head);
    }

    /** The answer's head; a 101 is one only if a WebSocket was asked for. */
    void answer(ResponseHead head) {
        if (finished) {
            return;
        }
        boolean switches = head.status() == 101;
        if (switches && !request.websocket()) {
            badAnswer("switched protocols unasked");
            return;
        }
        long nowNs = System.nanoTime();
        tries.answered(head.status(), nowNs);
        if (tries.unwanted(head.status()) && requestComplete && triesAgainElsewhere(Tries.Failure.STATUS)) {
            return;
        }
        answerBegun = true;
        times.status(head.status());
        tries.passedOn(head.status(), nowNs - startedNs);
        ProxyHeaders.toClient(head);
        table.forwarded().via(head.fields());
        route.rule().rewrite().answer().apply(head.fields());
        String cookie = tries.cookie(loop.proxy().service(), front.scheme().equals("https"));
        if (cookie != null) {
            head.fields().add("set-cookie", cookie);
        }
        if (switches && backend != null) {
            tunnel = true;
            backend.tunnel();
            front.tunnel(head);
        } else {
            front.answer(head);
        }
    }

    /** Leaves the backend's connection, and what it still says, for another try. */
    private boolean triesAgainElsewhere(Tries.Failure failure) {
        Upstream left = Objects.requireNonNull(backend);
        if (!triesAgain(failure)) {
            return false;
        }
        if (backend == left) {
            backend = null;
        }
        left.close();
        return true;
    }

    void answerBody(ByteBuf piece) {
        if (finished) {
            piece.release();
        } else {
            answerBytes += piece.readableBytes();
            front.answerBody(piece);
        }
    }

    /** The answer is whole. */
    void answerEnded(@Nullable HeaderFields trailers) {
        Upstream connection = backend;
        if (finished || connection == null) {
            return;
        }
        finished = true;
        tries.ended();
        backend = null;
        AccessLog log = loop.proxy().accessLog();
        InetSocketAddress local = connection.localAddress();
        InetSocketAddress remote = connection.pool().backend().endpoint();
        front.answerEnd(trailers).addListener(written -> {
            if (written.isSuccess()) {
                times.answered(front.peer(), local, remote);
            }
            if (log != null) {
                log.add(entry(times.status(), written.isSuccess() ? "ok" : "gone"));
            }
        });
        connection.done(requestComplete);
        front.exchangeEnded();
        front.pump();
    }

    /** The backend's socket is drained for now: pass on what came, and read on if the client keeps up. */
    void backendReadComplete() {
        front.flush();
        if (backend != null) {
            backendPaused = !front.takesAnswer();
            if (!backendPaused) {
                backend.read();
            }
        }
    }

    void backendWritable() {
        front.progressed();
        front.pump();
    }

    void frontWritable() {
        if (backendPaused && backend != null) {
            backendPaused = false;
            backend.read();
        }
    }

    void backendLost(Upstream lost) {
        backend = null;
        if (finished) {
            return;
        }
        boolean stale = lost.usedBefore() && !times.answerHasBegun();
        Tries.Failure away = requestBytes == 0 ? lost.turnedAway() : null;
        Tries.Failure how = away != null ? away : stale ? Tries.Failure.STALE : Tries.Failure.LOST;
        if (answerBegun) {
            tries.failed(Tries.Failure.LOST, System.nanoTime());
            breakOff();
        } else if (triesAgain(how)) {
            return;
        } else if (how == Tries.Failure.NO_WEBSOCKET) {
            fail(NO_WEBSOCKET, "no-websocket");
        } else {
            fail(HttpResponseStatus.BAD_GATEWAY, "the backend closed the connection before it answered");
        }
    }

    /** The backend broke a rule. */
    void badAnswer(String what) {
        if (finished) {
            return;
        }
        if (answerBegun) {
            breakOff();
        } else {
            fail(HttpResponseStatus.BAD_GATEWAY, "the backend " + what);
        }
    }

    /** The client is gone: the backend's work is of no use to anyone. */
    void clientGone() {
        if (!finished) {
            log(answerBegun ? times.status() : 0, "gone");
        }
        finished = true;
        dropBackend();
    }

    /** Nothing moved for {@code silentNs}: ends the exchange if that is too long for whom it waits for. */
    void tick(long silentNs) {
        if (tunnel) {
            long idleMs = clientEnded
                    ? loop.settings().responseTimeoutMs()
                    : table.policy().limits().tunnelIdleMs();
            if (silentNs > idleMs * 1_000_000L) {
                cut();
            }
            return;
        }
        boolean waitsForClient = (!requestComplete && takesBody()) || (answerBegun && backendPaused);
        if (tryTookTooLong() && triesAgainElsewhere(Tries.Failure.TIMEOUT)) {
            return;
        }
        int totalMs = table.policy().limits().totalTimeoutMs();
        if (totalMs > 0 && !answerBegun && System.nanoTime() - startedNs > totalMs * 1_000_000L) {
            fail(HttpResponseStatus.GATEWAY_TIMEOUT, "the answer did not begin in time");
            return;
        }
        long limitMs = waitsForClient
                ? loop.settings().requestTimeoutMs()
                : loop.settings().responseTimeoutMs();
        if (silentNs < limitMs * 1_000_000L) {
            return;
        }
        if (answerBegun && waitsForClient) {
            cut();
        } else if (answerBegun) {
            breakOff();
        } else if (waitsForClient) {
            fail(Admission.LATE);
        } else if (backend == null) {
            fail(HttpResponseStatus.SERVICE_UNAVAILABLE, "no connection to the backend became free in time");
        } else {
            tries.failed(Tries.Failure.TIMEOUT, System.nanoTime());
            fail(HttpResponseStatus.GATEWAY_TIMEOUT, "the backend did not answer in time");
        }
    }

    private boolean tryTookTooLong() {
        return backend != null && requestComplete && !answerBegun && tries.tookTooLong(System.nanoTime());
    }

    /** It is the backend that left the client with half an answer. */
    private void breakOff() {
        if (!tunnel) {
            loop.proxy().tellOfOwn(front.peer(), true, HttpResponseStatus.BAD_GATEWAY.code(), times.firstByteNs());
        }
        cut();
    }

    /** Half an answer has been sent: the only way to say so is to break the connection off. */
    private void cut() {
        finished = true;
        tries.gaveUp();
        loop.proxy().tally().cut.increment();
        log(times.status(), "cut");
        dropBackend();
        front.abort();
    }

    private void fail(HttpResponseStatus status, String reason) {
        fail(new Refusal(status, reason));
    }

    private void fail(Refusal refusal) {
        fail(refusal, "failed");
    }

    private void fail(Refusal refusal, String end) {
        finished = true;
        tries.gaveUp();
        log(refusal.status().code(), end);
        dropBackend();
        front.refuse(refusal);
    }

    private void log(int status, String end) {
        AccessLog log = loop.proxy().accessLog();
        if (log != null) {
            log.add(entry(status, end));
        }
    }

    private AccessEntry entry(int status, String end) {
        return AccessEntry.of(loop.proxy(), front, request, client, tries, times, status, answerBytes, end);
    }

    private void dropBackend() {
        tries.ended();
        if (backend != null) {
            backend.close();
            backend = null;
        }
    }
}
