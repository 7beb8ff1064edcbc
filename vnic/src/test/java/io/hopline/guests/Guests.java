package io.hopline.guests;

import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import jdk.net.ExtendedSocketOptions;

/** Network namespaces for one test, gone after it, and what guests in them do. */
public final class Guests implements AutoCloseable {
    private final Deque<String> names = new ArrayDeque<>();
    private final Deque<NetNs> open = new ArrayDeque<>();

    /** Whether namespaces can be made here. */
    public static boolean possible() {
        try (NetNs ns = NetNs.anonymous()) {
            return true;
        } catch (LinuxException e) {
            return false;
        }
    }

    /** A namespace that goes when this object is closed. */
    public NetNs create() {
        String name = "hlt" + ProcessHandle.current().pid() + "-"
                + ThreadLocalRandom.current().nextInt(1_000_000);
        names.push(name);
        NetNs ns = NetNs.create(name);
        open.push(ns);
        return ns;
    }

    /** Sends {@code bytes} seeded random bytes over TCP from one namespace to the other and compares every byte. */
    public static void transfer(NetNs from, NetNs to, String address, int bytes) throws Exception {
        try (ServerSocket server = to.call(() -> new ServerSocket(0, 1, InetAddress.getByName(address)))) {
            server.setSoTimeout(15_000);
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> send(from, server, bytes));
            try (Socket accepted = server.accept()) {
                accepted.setSoTimeout(20_000);
                compare(new DataInputStream(accepted.getInputStream()), bytes);
                accepted.getOutputStream().write(1);
            } catch (SocketTimeoutException e) {
                // Why the sender failed says more.
                sender.join();
                throw e;
            }
            sender.join();
        }
    }

    private static void send(NetNs from, ServerSocket server, int bytes) {
        // The socket comes to be in connect, which is what has to happen inside.
        try (Socket socket = new Socket()) {
            from.call(() -> {
                socket.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), 10_000);
                return true;
            });
            socket.setSoTimeout(20_000);
            Random random = new Random(7);
            byte[] chunk = new byte[65_536];
            OutputStream out = socket.getOutputStream();
            for (int left = bytes; left > 0; left -= chunk.length) {
                random.nextBytes(chunk);
                out.write(chunk, 0, Math.min(left, chunk.length));
            }
            socket.shutdownOutput();
            if (socket.getInputStream().read() != 1) {
                throw new IOException("the receiver was not content");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compare(DataInputStream in, int bytes) throws IOException {
        Random random = new Random(7);
        byte[] expected = new byte[65_536];
        byte[] actual = new byte[65_536];
        for (int left = bytes; left > 0; left -= expected.length) {
            random.nextBytes(expected);
            int length = Math.min(left, expected.length);
            in.readFully(actual, 0, length);
            if (Arrays.mismatch(expected, 0, length, actual, 0, length) >= 0) {
                throw new IOException("bytes differ around " + (bytes - left));
            }
        }
        if (in.read() >= 0) {
            throw new IOException("more bytes than were sent");
        }
    }

    /** One ICMP echo from inside a namespace, as root; true when the answer came within five seconds. */
    public static boolean ping(NetNs from, String address) throws IOException {
        return from.call(() -> InetAddress.getByName(address).isReachable(5_000));
    }

    /** Sends ten datagrams of one size with DF set, each of which has to arrive whole. */
    public static void datagrams(NetNs from, NetNs to, String address, int bytes) throws Exception {
        try (DatagramSocket receiver = to.call(() -> new DatagramSocket(0, InetAddress.getByName(address)));
                DatagramChannel sender = from.call(() -> DatagramChannel.open(StandardProtocolFamily.INET))) {
            receiver.setSoTimeout(10_000);
            sender.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, true);
            byte[] payload = new byte[bytes];
            new Random(bytes).nextBytes(payload);
            for (int i = 0; i < 10; i++) {
                sender.send(ByteBuffer.wrap(payload), receiver.getLocalSocketAddress());
                DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
                receiver.receive(packet);
                if (!Arrays.equals(payload, 0, bytes, packet.getData(), 0, packet.getLength())) {
                    throw new IOException("a datagram of " + bytes + " bytes arrived different");
                }
            }
        }
    }

    @Override
    public void close() {
        open.forEach(NetNs::close);
        names.forEach(name -> {
            if (NetNs.exists(name)) {
                NetNs.delete(name);
            }
        });
    }
}
