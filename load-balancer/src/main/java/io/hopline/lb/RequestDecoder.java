package io.hopline.lb;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Netty's request decoder with strict settings, which notes when a request begins. Strict: lines end in CRLF, one
 * Content-Length, no Content-Length beside Transfer-Encoding, chunked last and once, valid names and values; what breaks
 * a rule comes out as a message whose decoder result has failed (RFC 9112, sections 2.2, 5.1, 6.1, 6.3, 7.1).
 */
final class RequestDecoder extends HttpRequestDecoder {
    private final LongSupplier realtimeNs;
    /** When the request being decoded began, by the proxy's clock; 0 between requests. */
    private long firstByteNs;
    /** The same instant by System.nanoTime(), for the time limit. */
    private long beganNs;

    RequestDecoder(HttpDecoderConfig config, LongSupplier realtimeNs) {
        super(config);
        this.realtimeNs = realtimeNs;
    }

    /** The limits that the proxy's settings ask for. */
    static HttpDecoderConfig config(ProxySettings settings) {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(Math.min(8192, settings.maxHeaderBytes()))
                .setMaxHeaderSize(settings.maxHeaderBytes())
                .setMaxChunkSize(65_536)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setAllowDuplicateContentLengths(false)
                .setValidateHeaders(true);
    }

    /** True while part of a request has arrived and its end has not. */
    boolean underWay() {
        return firstByteNs != 0;
    }

    /** When the request under way began, by System.nanoTime(). */
    long beganNs() {
        return beganNs;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        if (firstByteNs == 0 && buffer.isReadable()) {
            firstByteNs = realtimeNs.getAsLong();
            beganNs = System.nanoTime();
        }
        super.decode(ctx, buffer, out);
        if (!out.isEmpty() && out.getLast() instanceof LastHttpContent) {
            firstByteNs = 0;
        }
    }

    @Override
    protected HttpMessage createMessage(String[] initialLine) throws Exception {
        return new TimedRequest(
                version(initialLine), HttpMethod.valueOf(initialLine[0]), initialLine[1], headersFactory, firstByteNs);
    }

    /** Stands for what has no request line that could be read; its decoder result says why. */
    @Override
    protected HttpMessage createInvalidMessage() {
        return new TimedRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", headersFactory, firstByteNs);
    }

    /** The two versions that are spoken, spelled exactly; Netty's strict parser judges the rest. */
    private HttpVersion version(String[] initialLine) throws Exception {
        return switch (initialLine[2]) {
            case "HTTP/1.1" -> HttpVersion.HTTP_1_1;
            case "HTTP/1.0" -> HttpVersion.HTTP_1_0;
            default -> {
                HttpVersion other = super.createMessage(initialLine).protocolVersion();
                if (other.majorVersion() == 1 && other.minorVersion() <= 1) {
                    throw new IllegalArgumentException("the name of the protocol is case-sensitive (RFC 9112, 2.3)");
                }
                yield other;
            }
        };
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        return false;
    }
}
