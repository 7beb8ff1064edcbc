package io.hopline.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Streams of one guest to another, one after the other: eight bytes of length, then bytes that follow from the stream's
 * number, every one of which the receiver compares and acknowledges by one byte at the end. Nothing may be missing: TCP
 * lives through flaps. Only connecting may fail, and is tried again.
 */
final class SoakTcp implements AutoCloseable {
    private static final int PIECE_BYTES = 65_536;
    private static final int MIN_STREAM_BYTES = 20_000;
    private static final int CONNECT_TIMEOUT_MS = 2_000;
    private static final byte DONE = 0x55;

    private final long flow;
    private final SoakGuest from;
    private final SoakCounts counts;
    private final ServerSocketChannel server;
    private final InetSocketAddress to;
    private final byte[] out = new byte[PIECE_BYTES];
    private @Nullable SocketChannel stream;
    private long streams;
    private long pieces;
    private long left;

    SoakTcp(long flow, SoakGuest from, SoakGuest to, boolean ipv6, SoakCounts counts) throws IOException {
        this.flow = flow;
        this.from = from;
        this.counts = counts;
        server = to.ns().call(ServerSocketChannel::open);
        server.bind(new InetSocketAddress(to.address(ipv6), 0));
        this.to = (InetSocketAddress) server.getLocalAddress();
    }

    /** Sends the next bytes, in a stream of about {@code streamBytes} or a new one. One thread sends. */
    void send(int bytes, int streamBytes) {
        try {
            SocketChannel channel = stream;
            if (channel == null) {
                channel = connect(Math.max(MIN_STREAM_BYTES, streamBytes));
                if (channel == null) {
                    return;
                }
                stream = channel;
            }
            int piece = (int) Math.min(Math.min(bytes, PIECE_BYTES), left);
            SoakPayload.fill(out, 0, piece, SoakPayload.seed(flow, pieces++));
            ByteBuffer head = ByteBuffer.allocate(4).putInt(piece).flip();
            write(channel, head);
            write(channel, ByteBuffer.wrap(out, 0, piece));
            left -= piece;
            if (left == 0) {
                finish(channel);
            }
        } catch (IOException e) {
            if (server.isOpen()) {
                counts.problem("TCP to " + to + ", stream " + streams + " with " + left + " bytes to go: " + e);
            }
            closeStream();
        }
    }

    private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private @Nullable SocketChannel connect(int streamBytes) throws IOException {
        SocketChannel channel = from.ns().call(SocketChannel::open);
        try {
            channel.socket().connect(to, CONNECT_TIMEOUT_MS);
        } catch (IOException noWay) {
            channel.close();
            return null;
        }
        streams++;
        left = streamBytes;
        // The content goes on through all streams; so the receiver is told where this one starts.
        write(
                channel,
                ByteBuffer.allocate(16).putLong(streamBytes).putLong(pieces).flip());
        return channel;
    }

    private void finish(SocketChannel channel) throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(1);
        channel.shutdownOutput();
        if (channel.read(answer) != 1 || answer.get(0) != DONE) {
            throw new SocketException("the receiver did not confirm the stream");
        }
        counts.tcpStreams.incrementAndGet();
        closeStream();
    }

    private void closeStream() {
        try {
            if (stream != null) {
                stream.close();
            }
        } catch (IOException e) {
            counts.problem("TCP to " + to + ": closing: " + e);
        }
        stream = null;
    }

    /** Receives one stream after the other until closed. */
    void receive() {
        while (server.isOpen()) {
            try (SocketChannel accepted = server.accept()) {
                receive(accepted);
            } catch (IOException e) {
                if (server.isOpen()) {
                    counts.problem("TCP at " + to + ": " + e);
                }
            }
        }
    }

    private void receive(SocketChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(16);
        if (!read(channel, head)) {
            // A connect that its sender gave up.
            return;
        }
        long bytes = head.getLong(0);
        long piece = head.getLong(8);
        byte[] in = new byte[PIECE_BYTES];
        for (long got = 0; got < bytes; ) {
            ByteBuffer length = ByteBuffer.allocate(4);
            requireRead(channel, length);
            int pieceBytes = length.getInt(0);
            if (pieceBytes < 1 || pieceBytes > PIECE_BYTES) {
                throw new SocketException("a piece of " + pieceBytes + " bytes");
            }
            requireRead(channel, ByteBuffer.wrap(in, 0, pieceBytes));
            int at = SoakPayload.firstWrong(in, 0, pieceBytes, SoakPayload.seed(flow, piece++));
            if (at >= 0) {
                throw new SocketException("byte " + (got + at) + " of a stream of " + bytes + " is wrong");
            }
            got += pieceBytes;
            counts.tcpBytes.addAndGet(pieceBytes);
        }
        write(channel, ByteBuffer.wrap(new byte[] {DONE}));
    }

    private static void requireRead(SocketChannel channel, ByteBuffer into) throws IOException {
        if (!read(channel, into)) {
            throw new SocketException("the stream ended early");
        }
    }

    private static boolean read(SocketChannel channel, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        server.close();
        closeStream();
    }
}
