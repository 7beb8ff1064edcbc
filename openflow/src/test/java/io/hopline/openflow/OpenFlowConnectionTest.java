package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class OpenFlowConnectionTest {
    private static final String HELLO = "0400001000000001 0001000800000010";

    @TempDir
    Path directory;

    private final BlockingQueue<OpenFlowConnection> accepted = new LinkedBlockingQueue<>();
    private OpenFlowListener listener;
    private OpenFlowAddress address;

    @BeforeEach
    void listen() throws IOException {
        Path socket = directory.resolve("s");
        listener = OpenFlowListener.listen(OpenFlowAddress.parse("punix:" + socket), this::accept);
        address = OpenFlowAddress.parse("unix:" + socket);
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
        accepted.forEach(OpenFlowConnection::close);
    }

    private void accept(SocketChannel channel) {
        try {
            accepted.add(OpenFlowConnection.open(channel, "client"));
        } catch (IOException e) {
            // The test's client sees why.
            assertThat(channel.isOpen()).isFalse();
        }
    }

    private OpenFlowConnection server() throws InterruptedException {
        OpenFlowConnection server = accepted.poll(10, TimeUnit.SECONDS);
        assertThat(server).isNotNull();
        accepted.add(server);
        return server;
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] readExactly(SocketChannel channel, int lengthBytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(lengthBytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.array();
    }

    private SocketChannel rawClient() throws IOException {
        SocketChannel channel = SocketChannel.open(address.socketAddress());
        channel.write(ByteBuffer.wrap(hex(HELLO)));
        readExactly(channel, 16);
        return channel;
    }

    @Test
    void carriesMessagesBothWays() throws Exception {
        try (OpenFlowConnection client = OpenFlowConnection.connect(address)) {
            OpenFlowConnection server = server();
            client.send(7, new OpenFlowMessage.FeaturesRequest());
            OpenFlowConnection.Received request = server.receive();
            assertThat(request.xid()).isEqualTo(7);
            assertThat(request.message()).isEqualTo(new OpenFlowMessage.FeaturesRequest());
            assertThat(request.head()).hasToString("0405000800000007");
            server.send(7, new OpenFlowMessage.FeaturesReply(1, 0, 64, 0, 0));
            assertThat(client.receive().message()).isInstanceOf(OpenFlowMessage.FeaturesReply.class);
        }
        assertThatExceptionOfType(EOFException.class).isThrownBy(() -> server().receive());
    }

    @Test
    void sendsFromManyThreadsWithoutTearing() throws Exception {
        try (OpenFlowConnection client = OpenFlowConnection.connect(address)) {
            OpenFlowConnection server = server();
            int threads = 8;
            int perThread = 500;
            CountDownLatch done = new CountDownLatch(threads);
            for (int t = 0; t < threads; t++) {
                Bytes payload = Bytes.of(new byte[1000 * (t + 1)]);
                Thread.ofVirtual().start(() -> {
                    try {
                        for (int i = 0; i < perThread; i++) {
                            client.send(i, new OpenFlowMessage.Experimenter(1, 1, payload));
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    done.countDown();
                });
            }
            for (int i = 0; i < threads * perThread; i++) {
                assertThat(server.receive().message()).isInstanceOf(OpenFlowMessage.Experimenter.class);
            }
            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void answersEchoAndMalformedMessagesItself() throws Exception {
        try (SocketChannel client = rawClient()) {
            OpenFlowConnection server = server();
            client.write(ByteBuffer.wrap(hex("0402000a00000009 abcd" + "04ff000800000003" + "0405000800000004")));
            assertThat(server.receive().message()).isEqualTo(new OpenFlowMessage.FeaturesRequest());
            assertThat(readExactly(client, 10)).isEqualTo(hex("0403000a00000009 abcd"));
            assertThat(readExactly(client, 20)).isEqualTo(hex("0401001400000003 00010001 04ff000800000003"));
            assertThat(server.malformedCount()).isEqualTo(1);
        }
    }

    @Test
    void refusesAPeerOfAnotherVersion() throws Exception {
        try (SocketChannel client = SocketChannel.open(address.socketAddress())) {
            client.write(ByteBuffer.wrap(hex("0100000800000001")));
            readExactly(client, 16);
            byte[] error = readExactly(client, 12);
            assertThat(error).startsWith(4, 1).endsWith(0, 0, 0, 0);
            assertThat(client.read(ByteBuffer.allocate(1000))).isPositive();
            await().until(() -> client.read(ByteBuffer.allocate(1)) < 0);
        }
    }

    @Test
    void givesUpAStreamThatLostItsFraming() throws Exception {
        try (SocketChannel client = rawClient()) {
            OpenFlowConnection server = server();
            client.write(ByteBuffer.wrap(hex("0405000300000001")));
            assertThatIOException().isThrownBy(server::receive).withMessageContaining("length 3");
        }
    }

    @Test
    void dropsASilentPeer() throws Exception {
        listener.close();
        Path socket = directory.resolve("probed");
        BlockingQueue<OpenFlowConnection> probed = new LinkedBlockingQueue<>();
        OpenFlowAddress passive = OpenFlowAddress.parse("punix:" + socket);
        try (OpenFlowListener probing = OpenFlowListener.listen(passive, channel -> {
            try {
                probed.add(OpenFlowConnection.open(channel, "client", Duration.ofMillis(50)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        })) {
            address = OpenFlowAddress.parse("unix:" + socket);
            try (SocketChannel client = rawClient()) {
                OpenFlowConnection server = probed.take();
                assertThat(readExactly(client, 8)).startsWith(4, 2);
                await().until(() -> !server.isOpen());
                assertThat(server.offer(1, new OpenFlowMessage.BarrierReply())).isFalse();
            }
            assertThat(probing.localAddress()).isNotNull();
        }
    }

    @Test
    void namesTheAddressThatCannotBeUsed() throws Exception {
        assertThatIOException()
                .isThrownBy(() ->
                        OpenFlowListener.listen(OpenFlowAddress.parse("punix:" + directory.resolve("s")), c -> {}))
                .withMessageContaining("another process listens there");
        Path stale = directory.resolve("stale");
        OpenFlowAddress passive = OpenFlowAddress.parse("punix:" + stale);
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(passive.socketAddress())
                .close();
        assertThatIOException()
                .isThrownBy(() -> OpenFlowConnection.connect(OpenFlowAddress.parse("unix:" + stale)))
                .withMessageContaining("cannot connect to unix:" + stale);
        OpenFlowListener.listen(passive, c -> {}).close();
        assertThat(stale).doesNotExist();
        Files.createFile(stale);
        assertThatIOException()
                .isThrownBy(() -> OpenFlowListener.listen(passive, c -> {}))
                .withMessageContaining("not a socket");
        assertThat(stale).exists();
    }
}
