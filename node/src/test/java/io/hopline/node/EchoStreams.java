package io.hopline.node;

import io.hopline.linux.NetNs;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** TCP connections to a server that sends everything back, in two network namespaces; every byte is compared. */
final class EchoStreams {
    private static final int CHUNK = 65_536;
    private static final int TIMEOUT_MS = 30_000;

    private EchoStreams() {}

    /**
     * Runs several connections at once.
     *
     * @param bind where the server listens
     * @param connect what the clients connect to
     * @param bytes each way, of each connection
     */
    static void run(
            NetNs client, NetNs server, InetSocketAddress bind, InetSocketAddress connect, int connections, int bytes)
            throws IOException {
        try (ServerSocket listener = server.call(() -> new ServerSocket(bind.getPort(), 64, bind.getAddress()))) {
            listener.setSoTimeout(TIMEOUT_MS);
            Thread acceptor = Thread.ofVirtual().start(() -> serve(listener, connections));
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                int seed = i;
                Socket socket = connect(client, connect);
                clients.add(
                        CompletableFuture.runAsync(() -> exchange(socket, bytes, seed), Thread::startVirtualThread));
            }
            clients.forEach(CompletableFuture::join);
            acceptor.interrupt();
        }
    }

    static InetSocketAddress at(String address, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(address), port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket connect(NetNs client, InetSocketAddress to) throws IOException {
        Socket socket = new Socket();
        // The socket comes to be in connect, which is what has to happen inside.
        client.call(() -> {
            socket.connect(to, TIMEOUT_MS);
            return true;
        });
        socket.setSoTimeout(TIMEOUT_MS);
        return socket;
    }

    private static void serve(ServerSocket listener, int connections) {
        try {
            for (int i = 0; i < connections; i++) {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> echo(socket));
            }
        } catch (IOException e) {
            // The clients see that nobody answers, and say so.
            Thread.currentThread().interrupt();
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void exchange(Socket socket, int bytes, int seed) {
        try (socket) {
            Thread sender = Thread.ofVirtual().start(() -> send(socket, bytes, seed));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            Random random = new Random(seed);
            byte[] expected = new byte[CHUNK];
            byte[] actual = new byte[CHUNK];
            for (int left = bytes; left > 0; left -= CHUNK) {
                random.nextBytes(expected);
                int length = Math.min(left, CHUNK);
                in.readFully(actual, 0, length);
                if (Arrays.mismatch(expected, 0, length, actual, 0, length) >= 0) {
                    throw new IOException("connection " + seed + ": bytes differ after " + (bytes - left));
                }
            }
            sender.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(Socket socket, int bytes, int seed) {
        Random random = new Random(seed);
        byte[] chunk = new byte[CHUNK];
        try {
            for (int left = bytes; left > 0; left -= CHUNK) {
                random.nextBytes(chunk);
                socket.getOutputStream().write(chunk, 0, Math.min(left, CHUNK));
            }
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
