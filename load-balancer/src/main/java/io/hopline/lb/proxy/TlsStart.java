package io.hopline.lb.proxy;

import io.hopline.lb.http.Peer;
import io.hopline.lb.tls.ClientSubject;
import io.hopline.lb.tls.TlsCertificates;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/** Waits for a client's TLS handshake, then lets the protocol that it agreed on take the connection. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class TlsStart extends ChannelInboundHandlerAdapter {
    /** Longest handshake, from the first byte of the connection. */
    private static final int HANDSHAKE_MS = 10_000;

    /** Longest ClientHello, which is BoringSSL's own limit; those with post-quantum keys have about 2 KB. */
    private static final int MAX_HELLO_BYTES = 16_384;

    private final ProxyLoop loop;
    private final Peer peer;

    TlsStart(ProxyLoop loop, Peer peer) {
        this.loop = loop;
        this.peer = peer;
    }

    /** What finds the certificate and decrypts, to be put before this. */
    static ChannelHandler decryption(TlsCertificates certificates, SocketChannel channel) {
        SslContext only = certificates.only();
        if (only == null) {
            return new SniHandler(certificates::of, MAX_HELLO_BYTES, HANDSHAKE_MS);
        }
        SslHandler handler = only.newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MS);
        return handler;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                loop.proxy().tally().tlsHandshakes.increment();
                SslHandler tls = ctx.pipeline().get(SslHandler.class);
                boolean http2 = ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
                String subject = ClientSubject.of(tls.engine());
                loop.serve((SocketChannel) ctx.channel(), peer.secured(subject), http2);
                ctx.pipeline().remove(this);
            } else {
                ctx.close();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
