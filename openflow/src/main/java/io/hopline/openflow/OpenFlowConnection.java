package io.hopline.openflow;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One OpenFlow 1.3 connection, either end of it, over TCP or a unix socket.
 *
 * <p>Any thread sends; one thread, best a virtual one, receives. The connection itself says hello, answers echo requests and
 * malformed messages (with the error they deserve), and probes a silent peer: one that says nothing for three intervals is
 * gone. Limits: a message has at most 65535 bytes, 4 MiB may wait to be sent.
 */
public final class OpenFlowConnection implements AutoCloseable {
    /** How long a peer may be silent before it is asked whether it is there. */
    public static final Duration PROBE_INTERVAL = Duration.ofSeconds(5);

    private static final int SILENT_INTERVALS = 3;
    private static final long FLUSH_TIMEOUT_MS = 1000;
    private static final int BUFFER_BYTES = 2 * OpenFlow.MAX_MESSAGE_BYTES + 2;
    private static final int ERROR_TYPE = 1;

    private final SocketChannel channel;
    private final SendQueue queue = new SendQueue();
    private final ByteBuffer input = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();
    private final AtomicInteger nextXid = new AtomicInteger(1);
    private final AtomicLong lastReceivedNs = new AtomicLong(System.nanoTime());
    private final AtomicLong malformed = new AtomicLong();
    private final String peer;
    private final Thread writer;
    private final Thread prober;

    /**
     * What came in.
     *
     * @param head the message's first 64 bytes, for an error that answers it
     */
    public record Received(int xid, OpenFlowMessage message, Bytes head) {}

    private OpenFlowConnection(SocketChannel channel, String peer, Duration probeInterval) {
        this.channel = channel;
        this.peer = peer;
        writer = Thread.ofVirtual().name("openflow-send-" + peer).unstarted(this::write);
        prober = Thread.ofVirtual().name("openflow-probe-" + peer).unstarted(() -> probe(probeInterval));
    }

    /**
     * Connects and agrees on OpenFlow 1.3.
     *
     * @param address {@code tcp:} or {@code unix:}
     */
    public static OpenFlowConnection connect(OpenFlowAddress address) throws IOException {
        if (address.passive()) {
            throw new IllegalArgumentException("cannot connect to '" + address + "': use tcp: or unix:");
        }
        if (address.socketAddress() instanceof InetSocketAddress inet && inet.isUnresolved()) {
            throw new IOException("cannot connect to " + address + ": unknown host");
        }
        SocketChannel channel = SocketChannel.open(address.family());
        try {
            channel.connect(address.socketAddress());
        } catch (IOException e) {
            channel.close();
            throw new IOException("cannot connect to " + address + ": " + e.getMessage(), e);
        }
        return open(channel, address.text());
    }

    /** Agrees on OpenFlow 1.3 over a connected channel, which it takes over; {@code peer} names the other end in messages. */
    public static OpenFlowConnection open(SocketChannel channel, String peer) throws IOException {
        return open(channel, peer, PROBE_INTERVAL);
    }

    static OpenFlowConnection open(SocketChannel channel, String peer, Duration probeInterval) throws IOException {
        OpenFlowConnection connection = new OpenFlowConnection(channel, peer, probeInterval);
        connection.writer.start();
        connection.prober.start();
        try {
            if (channel.getRemoteAddress() instanceof InetSocketAddress) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            connection.sayHello();
            return connection;
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private void sayHello() throws IOException {
        send(nextXid(), OpenFlowMessage.Hello.ours());
        Received first = receive();
        if (!(first.message() instanceof OpenFlowMessage.Hello hello) || !hello.speaksOurVersion()) {
            byte[] text = "only OpenFlow 1.3 (wire version 4) is spoken here".getBytes(StandardCharsets.US_ASCII);
            OpenFlowError error = OpenFlowError.HELLO_INCOMPATIBLE;
            send(first.xid(), new ErrorMessage(error.type(), error.code(), Bytes.of(text)));
            throw new IOException(peer + " does not begin with a hello for OpenFlow 1.3: " + first.message());
        }
    }

    /** A transaction id that this end has not used for 2^32 messages. */
    public int nextXid() {
        return nextXid.getAndIncrement();
    }

    /** The other end, for messages. */
    public String peer() {
        return peer;
    }

    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Messages that could not be understood, so far. */
    public long malformedCount() {
        return malformed.get();
    }

    /** Queues a message, waiting while too much is queued. */
    public void send(int xid, OpenFlowMessage message) throws IOException {
        queue.put(OpenFlowCodec.encode(xid, message));
    }

    /** Queues a message unless too much is queued or the connection is closed; never waits. Says whether it did. */
    public boolean offer(int xid, OpenFlowMessage message) {
        return queue.offer(OpenFlowCodec.encode(xid, message));
    }

    /**
     * Waits for the next message that is not the connection's own business.
     *
     * @throws EOFException when the peer closed the connection
     */
    public Received receive() throws IOException {
        while (true) {
            byte[] bytes = nextMessage();
            Bytes head = Bytes.of(bytes).prefix(ErrorMessage.MAX_OFFENDING_BYTES);
            int xid = ByteBuffer.wrap(bytes).getInt(4);
            try {
                OpenFlowMessage message = OpenFlowCodec.decode(bytes).message();
                if (message instanceof OpenFlowMessage.EchoRequest(Bytes data)) {
                    send(xid, new OpenFlowMessage.EchoReply(data));
                } else if (!(message instanceof OpenFlowMessage.EchoReply)) {
                    return new Received(xid, message, head);
                }
            } catch (OpenFlowException e) {
                malformed.incrementAndGet();
                if (bytes[1] != ERROR_TYPE) {
                    send(xid, ErrorMessage.of(e, head));
                }
            }
        }
    }

    private byte[] nextMessage() throws IOException {
        fill(OpenFlow.HEADER_BYTES);
        int length = input.getShort(input.position() + 2) & 0xffff;
        if (length < OpenFlow.HEADER_BYTES) {
            OpenFlowError error = OpenFlowError.BAD_REQUEST_LEN;
            send(input.getInt(input.position() + 4), new ErrorMessage(error.type(), error.code(), Bytes.EMPTY));
            throw new IOException(peer + " sent a message of length " + length + ": no way to find the next one");
        }
        fill(length);
        byte[] message = new byte[length];
        input.get(message);
        return message;
    }

    private void fill(int lengthBytes) throws IOException {
        if (input.remaining() >= lengthBytes) {
            return;
        }
        input.compact();
        try {
            while (input.position() < lengthBytes) {
                if (channel.read(input) < 0) {
                    throw new EOFException(peer + " closed the connection");
                }
                lastReceivedNs.set(System.nanoTime());
            }
        } finally {
            input.flip();
        }
    }

    private void write() {
        ByteBuffer output = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try {
            while (queue.take(output.clear())) {
                output.flip();
                while (output.hasRemaining()) {
                    channel.write(output);
                }
            }
        } catch (IOException e) {
            queue.close();
        } finally {
            closeChannel();
        }
    }

    private void probe(Duration interval) {
        try {
            while (channel.isOpen()) {
                long silentNs = System.nanoTime() - lastReceivedNs.get();
                long leftNs = interval.toNanos() - silentNs;
                if (silentNs > SILENT_INTERVALS * interval.toNanos()) {
                    queue.close();
                    closeChannel();
                } else if (leftNs <= 0) {
                    offer(nextXid(), new OpenFlowMessage.EchoRequest(Bytes.EMPTY));
                    leftNs = interval.toNanos();
                }
                TimeUnit.NANOSECONDS.sleep(Math.max(leftNs, 1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing was left to do with it.
            queue.close();
        }
    }

    /** Sends what is queued, for a second at most, then closes; a waiting {@link #receive()} throws. */
    @Override
    public void close() {
        queue.close();
        try {
            writer.join(Duration.ofMillis(FLUSH_TIMEOUT_MS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        prober.interrupt();
        closeChannel();
    }
}
