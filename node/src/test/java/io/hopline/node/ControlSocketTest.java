package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketTest {
    @TempDir
    Path folder;

    private static String ask(Path path, String line) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
                PrintWriter out = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8), true);
                BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            out.print(line + "\n");
            out.flush();
            return String.valueOf(in.readLine());
        }
    }

    @Test
    void eachLineIsARequestAndGetsOneLine() throws IOException {
        Path path = folder.resolve("a.ctl");
        try (ControlSocket socket = ControlSocket.listen(
                path, request -> Map.of("echo", request.get("cmd").stringValue()))) {
            assertThat(ask(path, "{\"cmd\":\"list\"}")).isEqualTo("{\"ok\":true,\"echo\":\"list\"}");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void whatCannotBeDoneIsAnsweredWithTheReason() throws IOException {
        Path path = folder.resolve("a.ctl");
        try (ControlSocket socket = ControlSocket.listen(path, request -> {
            throw new IllegalArgumentException("name: taken");
        })) {
            assertThat(ask(path, "{}")).contains("\"ok\":false").contains("name: taken");
            assertThat(ask(path, "{nonsense")).contains("\"ok\":false").contains("not JSON");
        }
    }

    @Test
    void aSocketFileLeftBehindIsReplacedAndALiveOneIsNot() throws IOException {
        Path path = folder.resolve("a.ctl");
        Files.createFile(path);
        try (ControlSocket socket = ControlSocket.listen(path, request -> Map.of())) {
            assertThatThrownBy(() -> ControlSocket.listen(path, request -> Map.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another node listens");
        }
    }
}
