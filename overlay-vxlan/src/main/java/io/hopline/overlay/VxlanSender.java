package io.hopline.overlay;

import io.hopline.linux.Errno;
import io.hopline.linux.MessageBatch;
import io.hopline.linux.UdpSocket;
import io.hopline.packet.Batch;
import io.hopline.packet.Checksum;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.PortCounters;
import io.hopline.packet.Segmenter;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Vxlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The way out: frames wait here until the flush, then each is made whole (segmented, checksums finished), gets its VXLAN
 * header and leaves. The frames of a source port go in one system call; datagrams of one size to one host go as one message
 * that the kernel cuts (UDP_SEGMENT). A super-frame's payload is gathered from where it is, only headers are copied.
 */
final class VxlanSender implements AutoCloseable {
    /** The kernel's limit before 6.9 (UDP_MAX_SEGMENTS); later kernels take 128. */
    static final int MAX_DATAGRAMS = 64;
    /** Largest UDP payload over IPv4, which will do for IPv6. */
    private static final int MAX_MESSAGE_BYTES = 65_507;

    private static final int MESSAGES = 64;
    private static final int MAX_HEADER_BYTES = 512;
    private static final int SCRATCH_BYTES = 256 * 1024;

    private final SourcePorts ports;
    private final boolean ipv6;
    private final Underlay underlay;
    private final PortCounters counters;
    private final Batch waiting = new Batch();
    /** Per waiting frame: the socket it leaves by, -1 when it is done. */
    private final int[] socketOf = new int[Batch.CAPACITY];
    /** Per waiting frame: the outer header's ECN bits. */
    private final int[] ecnOf = new int[Batch.CAPACITY];

    private final FrameHeaders headers = new FrameHeaders();
    private final Segmenter segmenter = new Segmenter();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment scratch = arena.allocate(SCRATCH_BYTES, 64);
    private final MessageBatch messages = new MessageBatch(MESSAGES, 2 * MAX_DATAGRAMS);

    /** Frames that end in each message, and inner bytes, for the counters. */
    private final int[] framesOf = new int[MESSAGES];

    private final long[] bytesOf = new long[MESSAGES];
    /** The message begins with the rest of a super-frame that began in the one before; a frame is counted where it ends. */
    private final boolean[] continues = new boolean[MESSAGES];

    /** The message before was not sent, and why. */
    private boolean partLost;

    private DropReason lostReason = DropReason.SEND_ERROR;
    private int used;
    private int scratchUsed;

    /** What the open train, the last message, looks like. */
    private int trainDestination;

    private long trainDestinationHigh;
    private long trainDestinationLow;
    private int trainEcn;

    private int trainDatagramBytes;
    private int trainDatagrams;
    private int trainBytes;

    VxlanSender(SourcePorts ports, boolean ipv6, Underlay underlay, PortCounters counters) {
        this.ports = ports;
        this.ipv6 = ipv6;
        this.underlay = underlay;
        this.counters = counters;
    }

    void add(Frame frame) {
        waiting.add(frame);
    }

    boolean isFull() {
        return waiting.room() == 0;
    }

    void flush() {
        int size = waiting.size();
        for (int i = 0; i < size; i++) {
            socketOf[i] = prepare(waiting.frame(i));
            ecnOf[i] = socketOf[i] < 0 ? 0 : Ecn.outer(waiting.frame(i), headers);
        }
        for (int first = 0; first < size; first++) {
            int socket = socketOf[first];
            if (socket < 0) {
                continue;
            }
            for (int i = first; i < size; i++) {
                if (socketOf[i] == socket) {
                    encapsulate(waiting.frame(i), ecnOf[i], ports.socket(socket));
                    socketOf[i] = -1;
                }
            }
            send(ports.socket(socket));
        }
        for (int i = size - 1; i >= 0; i--) {
            waiting.frame(i).release();
        }
        waiting.clear();
    }

    /** Checks that a frame can leave and says by which socket; -1 when it was dropped. */
    private int prepare(Frame frame) {
        boolean nowhere = ipv6
                ? (frame.tunnelDestinationHigh() | frame.tunnelDestinationLow()) == 0
                : frame.tunnelDestination() == 0;
        if (nowhere) {
            counters.dropped(DropReason.NO_PORT);
            return -1;
        }
        if (frame.tunnelId() >>> 24 != 0) {
            counters.dropped(DropReason.UNKNOWN_VNI);
            return -1;
        }
        if (headers.parse(frame) == FrameHeaders.Verdict.BAD_ETHERNET) {
            counters.dropped(DropReason.MALFORMED);
            return -1;
        }
        return SourcePorts.index(InnerFlow.hash(frame, headers));
    }

    private void encapsulate(Frame frame, int ecn, UdpSocket socket) {
        if (VnetHeader.isGso(frame.memory(), frame.vnet())) {
            encapsulateSegments(frame, ecn, socket);
        } else if (frame.length() + Vxlan.BYTES > underlay.datagramBytes()) {
            counters.dropped(DropReason.TOO_LONG);
        } else if (Checksum.complete(frame)) {
            encapsulateWhole(frame, ecn, socket);
        } else {
            counters.dropped(DropReason.MALFORMED);
        }
    }

    private void encapsulateWhole(Frame frame, int ecn, UdpSocket socket) {
        int inner = frame.length();
        frame.push(Vxlan.BYTES);
        Vxlan.write(frame.memory(), frame.offset(), (int) frame.tunnelId());
        int bytes = frame.length();
        int message = openMessage(frame, ecn, bytes, socket);
        messages.addBuffer(message, frame.memory(), frame.offset(), bytes);
        closeDatagram(message, bytes);
        framesOf[message]++;
        bytesOf[message] += inner;
    }

    private void encapsulateSegments(Frame frame, int ecn, UdpSocket socket) {
        int segments = segmenter.begin(frame);
        int headerBytes = Vxlan.BYTES + segmenter.headerBytes();
        if (segments == 0 || headerBytes > MAX_HEADER_BYTES) {
            counters.dropped(DropReason.MALFORMED);
            return;
        }
        if (Vxlan.BYTES + segmenter.frameBytes(0) > underlay.datagramBytes()) {
            counters.dropped(DropReason.TOO_LONG);
            return;
        }
        for (int i = 0; i < segments; i++) {
            if (scratchUsed + headerBytes > SCRATCH_BYTES) {
                send(socket);
            }
            int bytes = Vxlan.BYTES + segmenter.frameBytes(i);
            int message = openMessage(frame, ecn, bytes, socket);
            continues[message] |= i > 0 && trainDatagrams == 0;
            long at = scratchUsed;
            Vxlan.write(scratch, at, (int) frame.tunnelId());
            segmenter.emitHeaders(i, scratch, at + Vxlan.BYTES);
            messages.addBuffer(message, scratch, at, headerBytes);
            messages.addBuffer(message, frame.memory(), segmenter.payloadPosition(i), segmenter.payloadBytes(i));
            scratchUsed += headerBytes;
            closeDatagram(message, bytes);
            bytesOf[message] += segmenter.payloadBytes(i);
        }
        framesOf[used - 1]++;
        bytesOf[used - 1] += segmenter.headerBytes();
    }

    /** The message that the next datagram goes into: the open train when it fits there, else a new one. */
    private int openMessage(Frame frame, int ecn, int datagramBytes, UdpSocket socket) {
        boolean fits = trainDatagrams > 0
                && trainDatagrams < MAX_DATAGRAMS
                && ecn == trainEcn
                && goesWithTrain(frame)
                && datagramBytes <= trainDatagramBytes
                && trainBytes + datagramBytes <= MAX_MESSAGE_BYTES;
        if (fits) {
            return used - 1;
        }
        if (used == MESSAGES) {
            send(socket);
        }
        int message = used++;
        messages.start(message);
        address(message, frame);
        if (ecn != 0) {
            messages.trafficClass(message, ecn);
        }
        framesOf[message] = 0;
        bytesOf[message] = 0;
        continues[message] = false;
        trainEcn = ecn;
        trainDatagramBytes = datagramBytes;
        trainDatagrams = 0;
        trainBytes = 0;
        return message;
    }

    private boolean goesWithTrain(Frame frame) {
        return ipv6
                ? frame.tunnelDestinationLow() == trainDestinationLow
                        && frame.tunnelDestinationHigh() == trainDestinationHigh
                : frame.tunnelDestination() == trainDestination;
    }

    /** Begins a train: its message goes where the frame goes. */
    private void address(int message, Frame frame) {
        if (ipv6) {
            trainDestinationHigh = frame.tunnelDestinationHigh();
            trainDestinationLow = frame.tunnelDestinationLow();
            messages.destination(message, trainDestinationHigh, trainDestinationLow, Vxlan.UDP_PORT);
        } else {
            trainDestination = frame.tunnelDestination();
            messages.destination(message, trainDestination, Vxlan.UDP_PORT);
        }
    }

    private void closeDatagram(int message, int datagramBytes) {
        trainDatagrams++;
        trainBytes += datagramBytes;
        if (trainDatagrams == 2) {
            messages.segmentSize(message, trainDatagramBytes);
        }
        if (datagramBytes < trainDatagramBytes) {
            // Only the last datagram of a train may be shorter.
            trainDatagrams = MAX_DATAGRAMS;
        }
    }

    /** Sends the messages made so far, all by one socket, and starts over. */
    private void send(UdpSocket socket) {
        int done = 0;
        while (done < used) {
            int sent = socket.send(messages, done, used - done);
            if (sent <= 0) {
                partLost = true;
                lostReason = reason(-sent);
                counters.dropped(lostReason, framesOf[done]);
                done++;
                continue;
            }
            long frames = 0;
            long bytes = 0;
            for (int i = done; i < done + sent; i++) {
                frames += framesOf[i] - lostBefore(i);
                bytes += bytesOf[i];
            }
            counters.transmitted(frames, bytes);
            done += sent;
        }
        used = 0;
        scratchUsed = 0;
        trainDatagrams = 0;
    }

    /** 1 when a super-frame that ends in this message, which was sent, has lost a part before; it counts as dropped. */
    private int lostBefore(int message) {
        if (!partLost || continues[message] && framesOf[message] == 0) {
            return 0;
        }
        partLost = false;
        if (!continues[message]) {
            return 0;
        }
        counters.dropped(lostReason);
        return 1;
    }

    private static DropReason reason(int errno) {
        if (Errno.isQueueFull(errno)) {
            return DropReason.QUEUE_FULL;
        }
        return errno == Errno.EMSGSIZE ? DropReason.TOO_LONG : DropReason.SEND_ERROR;
    }

    /** Releases what was never sent. */
    @Override
    public void close() {
        for (int i = 0; i < waiting.size(); i++) {
            waiting.frame(i).release();
        }
        waiting.clear();
        messages.close();
        arena.close();
    }
}
