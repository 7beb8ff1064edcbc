package io.hopline.lb.proxy;

import io.hopline.lb.http.Peer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Waits for the PROXY header with which a trusted front begins a connection, version 1 or 2, and then lets the connection begin
 * as one of the client that the front speaks for (HAProxy's proxy-protocol.txt). A front that speaks for itself, or does not
 * know for whom, is the client. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class ProxiedStart extends ChannelInboundHandlerAdapter implements Client {
    /** Longest additions to a header of version 2; what some fronts say of TLS has a few hundred. */
    private static final int MAX_ADDITIONS_BYTES = 4096;

    private static final long PATIENCE_NS = 5_000_000_000L;

    private final ProxyLoop loop;
    private final SocketChannel channel;
    private final long begunNs = System.nanoTime();

    ProxiedStart(ProxyLoop loop, SocketChannel channel) {
        this.loop = loop;
        this.channel = channel;
    }

    /** Reads the header, to be put before this. */
    static HAProxyMessageDecoder decoder() {
        return new HAProxyMessageDecoder(MAX_ADDITIONS_BYTES);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        loop.add(this);
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HAProxyMessage header) {
                Peer client = client(header);
                loop.remove(this);
                loop.begin(channel, client);
                ctx.pipeline().remove(this);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private Peer client(HAProxyMessage header) {
        Peer peer = loop.peer(channel);
        HAProxyProxiedProtocol protocol = header.proxiedProtocol();
        boolean tcp = protocol == HAProxyProxiedProtocol.TCP4 || protocol == HAProxyProxiedProtocol.TCP6;
        return tcp && header.command() == HAProxyCommand.PROXY
                ? peer.onBehalfOf(
                        new InetSocketAddress(InetAddress.ofLiteral(header.sourceAddress()), header.sourcePort()))
                : peer;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        loop.remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public void tick(long nowNs) {
        if (nowNs - begunNs > PATIENCE_NS) {
            channel.close();
        }
    }

    @Override
    public void drain() {
        channel.close();
    }

    @Override
    public void abort() {
        channel.close();
    }
}
