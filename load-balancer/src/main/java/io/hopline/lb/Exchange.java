package io.hopline.lb;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
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
    private final FrontConnection front;
    private final ProxyLoop loop;
    private final TimedRequest request;
    private final Tries tries;
    private final boolean repeatable;
    private final HttpMethod method;
    private final HttpVersion clientVersion;
    private final boolean clientKeepsAlive;
    private final boolean hasBody;
    private final RequestClock times;

    private @Nullable BackendConnection backend;
    private boolean requestComplete;
    private boolean unflushed;
    private boolean answerBegun;
    private boolean interim;
    private boolean keepFront;
    private boolean keepBackend;
    private boolean backendPaused;
    private boolean finished;

    Exchange(FrontConnection front, ProxyLoop loop, TimedRequest request, LoopRoute route) {
        this.front = front;
        this.loop = loop;
        this.request = request;
        this.method = request.method();
        this.clientVersion = request.protocolVersion();
        this.clientKeepsAlive = ProxyHeaders.keepsAlive(clientVersion, request.headers());
        this.hasBody = ProxyHeaders.hasBody(request);
        this.tries = loop.tries(
                route, new NettyFields(request.headers()), front.clientAddress().getAddress());
        this.repeatable = Tries.repeatable(method.name(), hasBody);
        this.times = new RequestClock(loop.proxy(), request.firstByteNs());
        if (!hasBody) {
            times.requestRead();
        }
    }

    /** Chooses a backend and asks for a connection to it. */
    void start() {
        ProxyHeaders.toBackend(request, front.clientAddress(), loop.proxy().address());
        times.routed();
        BackendLoad first = tries.first(System.nanoTime());
        if (first == null) {
            poolFull();
        } else {
            loop.pool(first.backend()).acquire(this, false);
        }
    }

    boolean finished() {
        return finished;
    }

    boolean requestComplete() {
        return requestComplete;
    }

    boolean answerBegun() {
        return answerBegun;
    }

    /** True when a piece of the request's body has somewhere to go. */
    boolean takesBody() {
        return backend != null && backend.isWritable();
    }

    /** A connection is at hand: the request leaves. */
    void connected(BackendConnection connection) {
        times.connected();
        backend = connection;
        connection.assign(this);
        front.progressed();
        connection.write(request);
        if (requestComplete) {
            writeLast(connection, LastHttpContent.EMPTY_LAST_CONTENT);
        }
        unflushed = true;
        front.pump();
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
        loop.pool(next.backend()).acquire(this, failure == Tries.Failure.STALE);
        return true;
    }

    void poolFull() {
        fail(HttpResponseStatus.SERVICE_UNAVAILABLE, "too many requests wait for this backend");
    }

    /** Passes a piece of the request's body on; {@link #takesBody} has been asked. */
    void body(HttpContent content) {
        if (finished || backend == null) {
            content.release();
        } else if (content.decoderResult().isFailure()) {
            content.release();
            if (answerBegun) {
                cut();
            } else {
                fail(HttpResponseStatus.BAD_REQUEST, "the request's body is not well-formed");
            }
        } else if (content instanceof LastHttpContent last) {
            requestComplete = true;
            times.requestRead();
            writeLast(backend, ProxyHeaders.withoutTrailers(last));
        } else {
            backend.write(content);
            unflushed = true;
        }
    }

    /** Sends what was written to the backend since the last flush. */
    void flush() {
        if (unflushed && backend != null) {
            unflushed = false;
            backend.flush();
        }
    }

    private void writeLast(BackendConnection connection, LastHttpContent last) {
        connection.write(last).addListener(written -> times.requestWritten());
        unflushed = true;
    }

    /** The first bytes of an answer are here, still undecoded. */
    void answerBytesArrived() {
        times.answerBegan();
    }

    void fromBackend(Object message) {
        if (finished
                || !(message instanceof HttpObject object)
                || object.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            if (!finished) {
                badAnswer("sent an answer that is not well-formed HTTP/1.1");
            }
            return;
        }
        front.progressed();
        if (message instanceof HttpResponse response) {
            head(response);
        } else if (message instanceof HttpContent content) {
            content(content);
        }
    }

    private void head(HttpResponse response) {
        int status = response.status().code();
        if (status < 200) {
            interim(response, status);
            return;
        }
        if (answerBegun) {
            badAnswer("sent two answers");
            return;
        }
        long nowNs = System.nanoTime();
        tries.answered(status, nowNs);
        if (tries.unwanted(status) && requestComplete && triesAgainElsewhere(Tries.Failure.STATUS)) {
            return;
        }
        answerBegun = true;
        times.status(status);
        String cookie = tries.cookie(loop.proxy().service(), false);
        if (cookie != null) {
            response.headers().add(HttpHeaderNames.SET_COOKIE, cookie);
        }
        boolean delimited = response.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
                || response.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
                || method.equals(HttpMethod.HEAD)
                || status == 204
                || status == 304;
        keepBackend = delimited && ProxyHeaders.keepsAlive(response.protocolVersion(), response.headers());
        keepFront = ProxyHeaders.toClient(response, method, clientVersion, clientKeepsAlive && !loop.draining());
        front.writeHead(response, method);
    }

    /** Leaves the backend's connection, and what it still says, for another try. */
    private boolean triesAgainElsewhere(Tries.Failure failure) {
        BackendConnection left = Objects.requireNonNull(backend);
        if (!triesAgain(failure)) {
            return false;
        }
        if (backend == left) {
            backend = null;
        }
        left.close();
        return true;
    }

    /** 100 Continue and its like go on to a client that knows them; 101 was never asked for (Upgrade is not passed on). */
    private void interim(HttpResponse response, int status) {
        if (status == 101) {
            badAnswer("switched protocols unasked");
            return;
        }
        interim = true;
        if (clientVersion.equals(HttpVersion.HTTP_1_1)) {
            ProxyHeaders.toClient(response, method, clientVersion, true);
            front.writeHead(response, method);
        }
    }

    private void content(HttpContent content) {
        if (interim) {
            content.release();
            if (content instanceof LastHttpContent) {
                interim = false;
                times.answerIsNotYetThere();
                if (clientVersion.equals(HttpVersion.HTTP_1_1)) {
                    front.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
                }
            }
        } else if (content instanceof LastHttpContent last) {
            BackendConnection connection = Objects.requireNonNull(backend);
            InetSocketAddress local = connection.localAddress();
            InetSocketAddress remote = connection.pool().backend().endpoint();
            front.writeAndFlush(ProxyHeaders.withoutTrailers(last)).addListener(written -> {
                if (written.isSuccess()) {
                    times.answered(front.clientAddress(), local, remote);
                }
            });
            answered(connection);
        } else {
            front.write(content);
        }
    }

    private void answered(BackendConnection connection) {
        finished = true;
        tries.ended();
        backend = null;
        // An answer before the request was complete leaves both connections in the middle of a body.
        front.exchangeEnded(keepFront && requestComplete);
        if (keepBackend && requestComplete) {
            connection.pool().release(connection);
        } else {
            connection.close();
        }
        front.pump();
    }

    /** The backend's socket is drained for now: pass on what came, and read on if the client keeps up. */
    void backendReadComplete() {
        front.flush();
        if (backend != null) {
            backendPaused = !front.isWritable();
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

    void backendLost(BackendConnection lost) {
        backend = null;
        if (finished) {
            return;
        }
        boolean stale = lost.usedBefore() && !times.answerHasBegun();
        if (answerBegun) {
            tries.failed(Tries.Failure.LOST, System.nanoTime());
            cut();
        } else if (!triesAgain(stale ? Tries.Failure.STALE : Tries.Failure.LOST)) {
            fail(HttpResponseStatus.BAD_GATEWAY, "the backend closed the connection before it answered");
        }
    }

    private void badAnswer(String what) {
        if (answerBegun) {
            cut();
        } else {
            fail(HttpResponseStatus.BAD_GATEWAY, "the backend " + what);
        }
    }

    /** The client is gone: the backend's work is of no use to anyone. */
    void clientGone() {
        finished = true;
        dropBackend();
    }

    /** Nothing moved for {@code silentNs}: ends the exchange if that is too long for whom it waits for. */
    void tick(long silentNs) {
        boolean waitsForClient = (!requestComplete && takesBody()) || (answerBegun && backendPaused);
        if (tryTookTooLong() && triesAgainElsewhere(Tries.Failure.TIMEOUT)) {
            return;
        }
        long limitMs = waitsForClient
                ? loop.settings().requestTimeoutMs()
                : loop.settings().responseTimeoutMs();
        if (silentNs < limitMs * 1_000_000L) {
            return;
        }
        if (answerBegun) {
            cut();
        } else if (waitsForClient) {
            fail(HttpResponseStatus.REQUEST_TIMEOUT, "the request did not come to its end in time");
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

    /** Half an answer has been sent: the only way to say so is to break the connection off. */
    private void cut() {
        finished = true;
        loop.proxy().tally().cut.increment();
        dropBackend();
        front.abort();
    }

    private void fail(HttpResponseStatus status, String reason) {
        finished = true;
        dropBackend();
        boolean keep = clientKeepsAlive && (requestComplete || !hasBody) && !loop.draining();
        front.refuse(new Refusal(status, reason), method, clientVersion, keep);
    }

    private void dropBackend() {
        tries.ended();
        if (backend != null) {
            backend.close();
            backend = null;
        }
    }
}
