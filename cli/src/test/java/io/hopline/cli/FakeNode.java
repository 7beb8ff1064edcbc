package io.hopline.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A node's control socket that answers every line with the same one and writes down what it was asked. */
final class FakeNode implements AutoCloseable {
    private final ServerSocketChannel server;
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    FakeNode(Path socket, String answer) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    answer(server.accept(), answer);
                }
            } catch (IOException closed) {
                // The test is over.
            }
        });
    }

    private void answer(SocketChannel channel, String answer) throws IOException {
        try (channel) {
            var reader = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
            requests.add(String.valueOf(reader.readLine()));
            channel.write(ByteBuffer.wrap((answer + "\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
