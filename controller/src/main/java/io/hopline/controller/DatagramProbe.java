package io.hopline.controller;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One question to a UDP service: a DNS query for the root's name servers (RFC 1035, section 4.1), which every DNS server
 * answers, be it by refusing. Of a service that speaks something else the first datagram back is the answer.
 */
public final class DatagramProbe {
    private static final int QUERY_BYTES = 17;
    private static final int HEADER_BYTES = 12;
    private static final int MAX_ANSWER_BYTES = 65_535;
    private static final short RECURSION_DESIRED = 0x0100;
    private static final int RESPONSE = 0x80;
    private static final int CODE = 0x0f;
    private static final short TYPE_NS = 2;
    private static final short CLASS_IN = 1;

    /**
     * What came back.
     *
     * @param dnsCode response code of a DNS answer, empty for any other datagram
     * @param clientNs from the question's sending to the answer's receipt, by the client's own clock
     */
    public record Answer(OptionalInt dnsCode, long clientNs) {}

    private DatagramProbe() {}

    /**
     * Asks and waits.
     *
     * @param channel connected to the service, blocking
     * @throws IOException when nothing comes within the time
     */
    public static Answer ask(DatagramChannel channel, int timeoutMs) throws IOException {
        short id = (short) ThreadLocalRandom.current().nextInt(1 << 16);
        ByteBuffer query = ByteBuffer.allocate(QUERY_BYTES)
                .putShort(id)
                .putShort(RECURSION_DESIRED)
                .putShort((short) 1)
                .position(HEADER_BYTES + 1)
                .putShort(TYPE_NS)
                .putShort(CLASS_IN);
        DatagramSocket socket = channel.socket();
        socket.setSoTimeout(timeoutMs);
        DatagramPacket answer = new DatagramPacket(new byte[MAX_ANSWER_BYTES], MAX_ANSWER_BYTES);
        long startNs = System.nanoTime();
        socket.send(new DatagramPacket(query.array(), QUERY_BYTES));
        socket.receive(answer);
        long clientNs = System.nanoTime() - startNs;
        return new Answer(dnsCode(ByteBuffer.wrap(answer.getData(), 0, answer.getLength()), id), clientNs);
    }

    private static OptionalInt dnsCode(ByteBuffer answer, short id) {
        boolean dns = answer.remaining() >= HEADER_BYTES && answer.getShort(0) == id && (answer.get(2) & RESPONSE) != 0;
        return dns ? OptionalInt.of(answer.get(3) & CODE) : OptionalInt.empty();
    }
}
