package io.hopline.overlay;

import io.hopline.linux.BpfProgram;
import io.hopline.linux.Errno;
import io.hopline.linux.LinuxException;
import io.hopline.linux.UdpSocket;
import io.hopline.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets frames leave by, each bound to a source port of its own in 49152 to 65535 (RFC 7348, section 5): the outer
 * source port is what spreads the flows of two hosts over links, queues and cores. A flow always takes the same one.
 */
final class SourcePorts implements AutoCloseable {
    /** See docs/decisions: enough to spread, few enough that the frames of one flush still share sends. */
    static final int COUNT = 16;

    private static final int FIRST_PORT = 49_152;
    private static final int PORTS_EACH = (65_536 - FIRST_PORT) / COUNT;
    private static final int BUFFER_BYTES = 16 << 20;

    private final List<UdpSocket> sockets;

    private SourcePorts(List<UdpSocket> sockets) {
        this.sockets = sockets;
    }

    /**
     * Opens one socket in each sixteenth of the range, in the calling thread's namespace.
     *
     * @param vtep local address
     * @throws LinuxException when a whole sixteenth is taken, or the address is not ours
     */
    static SourcePorts open(IpAddress vtep) {
        List<UdpSocket> sockets = new ArrayList<>(COUNT);
        SourcePorts opened = new SourcePorts(sockets);
        try {
            for (int i = 0; i < COUNT; i++) {
                sockets.add(openOne(vtep, FIRST_PORT + i * PORTS_EACH));
            }
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private static UdpSocket openOne(IpAddress vtep, int firstPort) {
        for (int port = firstPort; ; port++) {
            try {
                UdpSocket socket = UdpSocket.open(vtep.bytes(), port);
                socket.dontFragment();
                socket.buffers(BUFFER_BYTES);
                // Nothing is expected here; what comes anyway must not fill memory.
                socket.filter(BpfProgram.drop());
                return socket;
            } catch (LinuxException e) {
                if (e.errno() != Errno.EADDRINUSE || port == firstPort + PORTS_EACH - 1) {
                    throw e;
                }
            }
        }
    }

    /** Which socket a flow leaves by, from a well-mixed hash of its inner headers. */
    static int index(int flowHash) {
        return flowHash >>> 28;
    }

    UdpSocket socket(int index) {
        return sockets.get(index);
    }

    @Override
    public void close() {
        sockets.forEach(UdpSocket::close);
    }
}
