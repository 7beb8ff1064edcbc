package io.hopline.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node's control socket: one line of JSON asks, one line of JSON answers. */
public final class NodeControl {
    /** Where nodes listen when nothing else is said. */
    static final Path DEFAULT_DIRECTORY = Path.of("/run/hopline");

    private static final int MAX_REPLY_BYTES = 4 << 20;

    private final Path socket;
    private final JsonMapper json = JsonMapper.shared();

    /** A node that listens at this path. */
    public NodeControl(Path socket) {
        this.socket = socket;
    }

    /**
     * The node that {@code --node} names, or the only one on this host.
     *
     * @param address {@code unix:PATH} or null
     */
    static NodeControl of(@Nullable String address) {
        if (address != null) {
            if (!address.startsWith("unix:") || address.length() == "unix:".length()) {
                throw CliException.badInput("--node: unix:PATH is wanted, not '" + address + "'");
            }
            return new NodeControl(Path.of(address.substring("unix:".length())));
        }
        List<Path> sockets = List.of();
        if (Files.isDirectory(DEFAULT_DIRECTORY)) {
            try (Stream<Path> files = Files.list(DEFAULT_DIRECTORY)) {
                sockets = files.filter(f -> f.toString().endsWith(".ctl"))
                        .sorted()
                        .toList();
            } catch (IOException failure) {
                throw CliException.failed("cannot read " + DEFAULT_DIRECTORY + ": " + failure.getMessage());
            }
        }
        if (sockets.size() != 1) {
            throw CliException.badInput("--node: unix:PATH is wanted, because "
                    + (sockets.isEmpty()
                            ? "no node listens in " + DEFAULT_DIRECTORY
                            : "more than one node is here: " + sockets));
        }
        return new NodeControl(sockets.getFirst());
    }

    /**
     * Asks the node to do something.
     *
     * @return its answer, when it says that it did it
     * @throws CliException with the node's own words when it did not
     */
    public JsonNode request(Map<String, ?> command) {
        byte[] line = (json.writeValueAsString(command) + "\n").getBytes(StandardCharsets.UTF_8);
        JsonNode reply;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer out = ByteBuffer.wrap(line);
            while (out.hasRemaining()) {
                channel.write(out);
            }
            reply = json.readTree(readLine(channel));
        } catch (IOException failure) {
            throw CliException.failed("no node at unix:" + socket + " (" + failure.getMessage()
                    + "); start one with `hopline node --control punix:" + socket + "`");
        } catch (JacksonException failure) {
            throw CliException.failed("unix:" + socket + " answered with something that is not JSON");
        }
        if (!reply.path("ok").asBoolean(false)) {
            throw CliException.failed(reply.path("error").asString("the node refused and did not say why"));
        }
        return reply;
    }

    private static String readLine(SocketChannel channel) throws IOException {
        var line = new ByteArrayOutputStream();
        ByteBuffer in = ByteBuffer.allocate(64 * 1024);
        while (channel.read(in) >= 0) {
            line.write(in.array(), 0, in.position());
            if (in.position() > 0 && in.get(in.position() - 1) == '\n') {
                break;
            }
            if (line.size() > MAX_REPLY_BYTES) {
                throw new IOException("an answer of more than " + MAX_REPLY_BYTES + " bytes");
            }
            in.clear();
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
