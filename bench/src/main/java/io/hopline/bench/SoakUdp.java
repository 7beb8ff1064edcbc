package io.hopline.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.BitSet;
import java.util.zip.CRC32C;

/**
 * Datagrams of one guest to another: number, length, bytes that follow from the number, and a CRC. A datagram may be lost,
 * because links go down; it must not arrive changed or twice.
 */
final class SoakUdp implements AutoCloseable {
    static final int HEADER_BYTES = 8;
    static final int CRC_BYTES = 4;

    private static final int BUFFER_BYTES = 4 << 20;

    private final long flow;
    private final SoakCounts counts;
    private final DatagramChannel sender;
    private final DatagramChannel receiver;
    private final InetSocketAddress to;
    private final byte[] out = new byte[65_536];
    private final BitSet seen = new BitSet();
    private int sent;

    SoakUdp(long flow, SoakGuest from, SoakGuest to, boolean ipv6, SoakCounts counts) throws IOException {
        this.flow = flow;
        this.counts = counts;
        receiver = to.ns().call(DatagramChannel::open);
        sender = from.ns().call(DatagramChannel::open);
        receiver.setOption(java.net.StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        receiver.bind(new InetSocketAddress(to.address(ipv6), 0));
        sender.setOption(java.net.StandardSocketOptions.SO_SNDBUF, BUFFER_BYTES);
        sender.bind(new InetSocketAddress(from.address(ipv6), 0));
        this.to = (InetSocketAddress) receiver.getLocalAddress();
    }

    /** Sends the next datagram; one that the guest's own kernel has no way for is not sent. One thread sends. */
    void send(int payloadBytes) throws ClosedChannelException {
        int content = Math.max(0, payloadBytes - HEADER_BYTES - CRC_BYTES);
        ByteBuffer datagram = ByteBuffer.wrap(out);
        datagram.putInt(sent).putInt(content);
        SoakPayload.fill(out, HEADER_BYTES, content, SoakPayload.seed(flow, sent));
        datagram.putInt(HEADER_BYTES + content, crc(out, HEADER_BYTES + content));
        datagram.limit(HEADER_BYTES + content + CRC_BYTES).rewind();
        sent++;
        try {
            sender.send(datagram, to);
            counts.udpSent.incrementAndGet();
        } catch (ClosedChannelException closed) {
            throw closed;
        } catch (IOException noRoute) {
            // The device is down: the datagram never was on the cable.
        }
    }

    /** Receives until closed. */
    void receive() {
        ByteBuffer datagram = ByteBuffer.allocate(65_536);
        try {
            while (true) {
                datagram.clear();
                receiver.receive(datagram);
                counts.udpReceived.incrementAndGet();
                String wrong = wrong(datagram.array(), datagram.position());
                if (!wrong.isEmpty()) {
                    counts.problem("UDP to " + to + ": " + wrong);
                }
            }
        } catch (IOException e) {
            if (receiver.isOpen()) {
                counts.problem("UDP to " + to + ": " + e);
            }
        }
    }

    /** What is wrong with a datagram, empty when nothing is. */
    String wrong(byte[] datagram, int length) {
        if (length < HEADER_BYTES + CRC_BYTES) {
            return length + " bytes only";
        }
        ByteBuffer header = ByteBuffer.wrap(datagram);
        int number = header.getInt();
        int content = header.getInt();
        if (content != length - HEADER_BYTES - CRC_BYTES) {
            return "datagram " + number + " has " + length + " bytes, not " + content + " and its header";
        }
        int at = SoakPayload.firstWrong(datagram, HEADER_BYTES, content, SoakPayload.seed(flow, number));
        if (at >= 0) {
            return "datagram " + number + " of " + length + " bytes: byte " + (HEADER_BYTES + at) + " is wrong";
        }
        if (header.getInt(HEADER_BYTES + content) != crc(datagram, HEADER_BYTES + content)) {
            return "datagram " + number + " of " + length + " bytes: the CRC is wrong";
        }
        if (number < 0 || seen.get(number)) {
            return "datagram " + number + " came twice";
        }
        seen.set(number);
        return "";
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        sender.close();
        receiver.close();
    }
}
