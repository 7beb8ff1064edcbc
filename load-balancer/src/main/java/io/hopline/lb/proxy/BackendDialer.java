package io.hopline.lb.proxy;

import io.hopline.lb.config.BackendProtocol;
import io.hopline.lb.config.BackendTls;
import io.hopline.lb.tls.TlsCertificates;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Knows how a service's backends are spoken with: makes a new connection an upstream. Immutable; any thread. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class BackendDialer {
    private final BackendProtocol protocol;
    private final @Nullable SslContext tls;

    /** @throws IOException naming what cannot be used of TLS */
    BackendDialer(BackendProtocol protocol) throws IOException {
        this.protocol = protocol;
        this.tls = protocol.tls().wanted() ? context(protocol) : null;
    }

    BackendProtocol protocol() {
        return protocol;
    }

    private static SslContext context(BackendProtocol protocol) throws IOException {
        BackendTls wanted = protocol.tls();
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .sslProvider(TlsCertificates.PROVIDER)
                    .protocols("TLSv1.3", "TLSv1.2");
            if (!wanted.ca().isEmpty()) {
                builder.trustManager(new File(wanted.ca()));
            }
            if (!wanted.cert().isEmpty()) {
                builder.keyManager(new File(wanted.cert()), new File(wanted.key()));
            }
            if (protocol.http2()) {
                builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2));
            }
            return builder.build();
        } catch (IllegalArgumentException | IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("cannot use tls to backends, " + wanted + ": " + cause.getMessage(), e);
        }
    }

    /** Prepares a connection that is being opened. */
    PooledConnection upstream(SocketChannel channel, BackendPool pool, ProxyLoop loop) {
        if (tls != null) {
            channel.pipeline()
                    .addLast(tls.newHandler(
                            channel.alloc(),
                            protocol.tls().serverName(),
                            pool.backend().endpoint().getPort()));
        }
        if (protocol.http2()) {
            return Http2Backend.on(channel, pool, tls == null ? "http" : "https", protocol.maxStreams());
        }
        BackendConnection connection = new BackendConnection(pool, loop, channel, protocol.proxyProtocol() == 0);
        channel.pipeline().addLast(connection);
        return connection;
    }

    /** Says who the client is, before anything else and outside of TLS, if the backend is to be told so. */
    void introduce(SocketChannel channel, InetSocketAddress client, InetSocketAddress listen) {
        if (protocol.proxyProtocol() != 0) {
            channel.pipeline()
                    .firstContext()
                    .writeAndFlush(ProxyHeader.of(protocol.proxyProtocol(), client, listen, channel.alloc()));
        }
    }
}
