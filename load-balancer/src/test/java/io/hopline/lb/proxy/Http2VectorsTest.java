package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.lb.proxy.RawHttp2.Frame;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a public suite for servers of HTTP/2 asks (h2spec: its cases on RFC 9113's framing, streams, flow control and messages, and on
 * RFC 7541's compression): which frames end a stream, which the connection, with which error, and which are to be borne.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2VectorsTest {
    private static final int PROTOCOL_ERROR = 1;
    private static final int FLOW_CONTROL_ERROR = 3;
    private static final int STREAM_CLOSED = 5;
    private static final int FRAME_SIZE_ERROR = 6;
    private static final int REFUSED_STREAM = 7;
    private static final int COMPRESSION_ERROR = 9;

    private static final int PRIORITY = 2;
    private static final int PUSH_PROMISE = 5;
    private static final int WINDOW_UPDATE = 8;
    private static final int ENDS = RawHttp2.END_STREAM;
    private static final int HEAD = RawHttp2.END_HEADERS;
    private static final int PADDED = 8;
    private static final int WITH_PRIORITY = 32;
    private static final byte[] GET = request("GET");
    private static final byte[] POST = request("POST");

    private final ProxyRig rig = new ProxyRig();
    private HttpProxy proxy;

    @BeforeAll
    void start() throws Exception {
        proxy = rig.proxy(ProxyRig.backend("a", rig.named("abc")));
    }

    @AfterAll
    void close() throws Exception {
        rig.close();
    }

    /** Writes what the case is about to a connection of which only the prefaces have been sent. */
    @FunctionalInterface
    private interface Sending {
        void to(RawHttp2 client) throws IOException;
    }

    private record Case(String name, Set<Integer> errors, Sending sending) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case bad(int error, String name, Sending sending) {
        return new Case(name, Set.of(error), sending);
    }

    private static byte[] request(String method, String... more) {
        String[] all = Stream.concat(
                        Stream.of(":method", method, ":scheme", "http", ":path", "/", ":authority", "h"),
                        Stream.of(more))
                .toArray(String[]::new);
        return RawHttp2.fields(all);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static byte[] setting(int id, int value) {
        return ByteBuffer.allocate(6).putShort((short) id).putInt(value).array();
    }

    private static byte[] word(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    static Stream<Case> endsTheConnection() {
        return Stream.of(framing(), states(), settings(), windows(), compression())
                .flatMap(List::stream);
    }

    private static List<Case> framing() {
        return List.of(
                bad(PROTOCOL_ERROR, "PRIORITY amid a header block", c -> {
                    c.send(RawHttp2.HEADERS, 0, 1, GET);
                    c.send(PRIORITY, 0, 1, bytes(0, 0, 0, 0, 15));
                }),
                bad(PROTOCOL_ERROR, "another stream's HEADERS amid a header block", c -> {
                    c.send(RawHttp2.HEADERS, 0, 1, GET);
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 3, GET);
                }),
                bad(PROTOCOL_ERROR, "an unknown frame amid a header block", c -> {
                    c.send(RawHttp2.HEADERS, 0, 1, GET);
                    c.send(0xff, 0, 0, new byte[8]);
                }),
                bad(PROTOCOL_ERROR, "CONTINUATION of nothing", c -> c.send(RawHttp2.CONTINUATION, HEAD, 1, GET)),
                bad(PROTOCOL_ERROR, "CONTINUATION of stream 0", c -> {
                    c.send(RawHttp2.HEADERS, 0, 1, GET);
                    c.send(RawHttp2.CONTINUATION, HEAD, 0, RawHttp2.fields("x", "y"));
                }),
                bad(PROTOCOL_ERROR, "CONTINUATION after END_HEADERS", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.CONTINUATION, HEAD, 1, RawHttp2.fields("x", "y"));
                }),
                bad(PROTOCOL_ERROR, "CONTINUATION after the last CONTINUATION", c -> {
                    c.send(RawHttp2.HEADERS, 0, 1, POST);
                    c.send(RawHttp2.CONTINUATION, HEAD, 1, RawHttp2.fields("x", "y"));
                    c.send(RawHttp2.CONTINUATION, HEAD, 1, RawHttp2.fields("x", "y"));
                }),
                bad(PROTOCOL_ERROR, "CONTINUATION after DATA", c -> {
                    c.send(RawHttp2.HEADERS, 0, 1, POST);
                    c.send(RawHttp2.DATA, 0, 1, new byte[4]);
                    c.send(RawHttp2.CONTINUATION, HEAD, 1, RawHttp2.fields("x", "y"));
                }),
                bad(PROTOCOL_ERROR, "DATA of stream 0", c -> c.send(RawHttp2.DATA, ENDS, 0, new byte[4])),
                bad(PROTOCOL_ERROR, "HEADERS of stream 0", c -> c.send(RawHttp2.HEADERS, HEAD | ENDS, 0, GET)),
                bad(PROTOCOL_ERROR, "PRIORITY of stream 0", c -> c.send(PRIORITY, 0, 0, bytes(0, 0, 0, 1, 15))),
                bad(PROTOCOL_ERROR, "RST_STREAM of stream 0", c -> c.send(RawHttp2.RST_STREAM, 0, 0, word(8))),
                bad(PROTOCOL_ERROR, "PING of a stream", c -> c.send(RawHttp2.PING, 0, 1, new byte[8])),
                bad(PROTOCOL_ERROR, "GOAWAY of a stream", c -> c.send(RawHttp2.GOAWAY, 0, 1, new byte[8])),
                bad(PROTOCOL_ERROR, "DATA with more padding than it has", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.DATA, PADDED | ENDS, 1, bytes(5, 't', 'e', 's', 't'));
                }),
                bad(
                        PROTOCOL_ERROR,
                        "HEADERS with more padding than they have",
                        c -> c.send(RawHttp2.HEADERS, PADDED | HEAD | ENDS, 1, join(bytes(200), GET))),
                bad(FRAME_SIZE_ERROR, "HEADERS longer than a frame may be", c -> {
                    byte[] one = RawHttp2.fields("x", "y".repeat(5000));
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, join(GET, join(one, join(one, join(one, one)))));
                }),
                bad(FRAME_SIZE_ERROR, "PING of 6 bytes", c -> c.send(RawHttp2.PING, 0, 0, new byte[6])),
                bad(FRAME_SIZE_ERROR, "RST_STREAM of 3 bytes", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.RST_STREAM, 0, 1, new byte[3]);
                }),
                bad(PROTOCOL_ERROR, "PUSH_PROMISE", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(PUSH_PROMISE, HEAD, 1, join(word(2), GET));
                }));
    }

    private static List<Case> states() {
        return List.of(
                bad(PROTOCOL_ERROR, "a stream of even number", c -> c.send(RawHttp2.HEADERS, HEAD | ENDS, 2, GET)),
                bad(PROTOCOL_ERROR, "DATA of an idle stream", c -> c.send(RawHttp2.DATA, ENDS, 1, new byte[4])),
                bad(PROTOCOL_ERROR, "RST_STREAM of an idle stream", c -> c.send(RawHttp2.RST_STREAM, 0, 1, word(8))),
                bad(PROTOCOL_ERROR, "WINDOW_UPDATE of an idle stream", c -> c.send(WINDOW_UPDATE, 0, 1, word(100))));
    }

    private static List<Case> settings() {
        return List.of(
                bad(PROTOCOL_ERROR, "ENABLE_PUSH of 2", c -> c.send(RawHttp2.SETTINGS, 0, 0, setting(2, 2))),
                bad(
                        FLOW_CONTROL_ERROR,
                        "INITIAL_WINDOW_SIZE of 2^31",
                        c -> c.send(RawHttp2.SETTINGS, 0, 0, setting(4, 0x80000000))),
                bad(
                        PROTOCOL_ERROR,
                        "MAX_FRAME_SIZE of 2^14 - 1",
                        c -> c.send(RawHttp2.SETTINGS, 0, 0, setting(5, 16_383))),
                bad(
                        PROTOCOL_ERROR,
                        "MAX_FRAME_SIZE of 2^24",
                        c -> c.send(RawHttp2.SETTINGS, 0, 0, setting(5, 1 << 24))),
                bad(
                        FRAME_SIZE_ERROR,
                        "an acknowledgement that says something",
                        c -> c.send(RawHttp2.SETTINGS, 1, 0, setting(1, 0))),
                bad(PROTOCOL_ERROR, "SETTINGS of a stream", c -> c.send(RawHttp2.SETTINGS, 0, 1, setting(3, 1))),
                bad(FRAME_SIZE_ERROR, "SETTINGS of 3 bytes", c -> c.send(RawHttp2.SETTINGS, 0, 0, new byte[3])));
    }

    private static List<Case> windows() {
        return List.of(
                bad(PROTOCOL_ERROR, "a window update of 0", c -> c.send(WINDOW_UPDATE, 0, 0, word(0))),
                bad(FRAME_SIZE_ERROR, "a window update of 3 bytes", c -> c.send(WINDOW_UPDATE, 0, 0, new byte[3])),
                bad(
                        FLOW_CONTROL_ERROR,
                        "a window beyond 2^31 - 1",
                        c -> c.send(WINDOW_UPDATE, 0, 0, word(0x7fffffff))));
    }

    private static List<Case> compression() {
        return List.of(
                bad(COMPRESSION_ERROR, "index 0", c -> head(c, bytes(0x80))),
                bad(COMPRESSION_ERROR, "an index that nothing has", c -> head(c, bytes(0xff, 0x80, 0x01))),
                bad(COMPRESSION_ERROR, "a literal with such a name", c -> head(c, bytes(0x7f, 0x80, 0x01, 1, 'a'))),
                bad(COMPRESSION_ERROR, "a table size after fields", c -> head(c, bytes(0x20))),
                bad(
                        COMPRESSION_ERROR,
                        "a table larger than was allowed",
                        c -> c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, join(bytes(0x3f, 0xe2, 0x1f), GET))),
                bad(
                        COMPRESSION_ERROR,
                        "Huffman code padded by a byte",
                        c -> head(c, bytes(0, 4, 't', 'e', 's', 't', 0x82, 0xff, 0xff))),
                bad(
                        COMPRESSION_ERROR,
                        "Huffman code padded by zeros",
                        c -> head(c, bytes(0, 4, 't', 'e', 's', 't', 0x81, 0x00))),
                bad(
                        COMPRESSION_ERROR,
                        "Huffman code with the end's symbol",
                        c -> head(c, bytes(0, 4, 't', 'e', 's', 't', 0x84, 0xff, 0xff, 0xff, 0xff))),
                bad(
                        COMPRESSION_ERROR,
                        "no header block at all",
                        c -> c.send(
                                RawHttp2.HEADERS,
                                HEAD | ENDS,
                                1,
                                bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))));
    }

    private static void head(RawHttp2 client, byte[] more) throws IOException {
        client.send(RawHttp2.HEADERS, HEAD | ENDS, 1, join(GET, more));
    }

    @ParameterizedTest
    @MethodSource
    void endsTheConnection(Case one) throws Exception {
        Frame last = afterAll(one.sending, RawHttp2.GOAWAY);
        assertThat(last).as("GOAWAY").isNotNull();
        assertThat(Objects.requireNonNull(last).errorCode()).isIn(one.errors);
    }

    static Stream<Case> endsTheStream() {
        return Stream.concat(streams().stream(), messages().stream());
    }

    private static List<Case> streams() {
        return List.of(
                new Case("DATA of a half-closed stream", Set.of(STREAM_CLOSED, PROTOCOL_ERROR), c -> {
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, GET);
                    c.send(RawHttp2.DATA, ENDS, 1, new byte[4]);
                }),
                // One that was skipped cannot be told from one that was closed, says Netty, and errs on the mild side.
                new Case("a stream below one of before", Set.of(STREAM_CLOSED), c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 5, POST);
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 3, GET);
                }),
                new Case("HEADERS of a half-closed stream", Set.of(STREAM_CLOSED, PROTOCOL_ERROR), c -> {
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, GET);
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, GET);
                }),
                new Case("DATA of a reset stream", Set.of(STREAM_CLOSED), c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.RST_STREAM, 0, 1, word(8));
                    c.send(RawHttp2.DATA, ENDS, 1, new byte[4]);
                }),
                new Case("HEADERS of a reset stream", Set.of(STREAM_CLOSED), c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.RST_STREAM, 0, 1, word(8));
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, POST);
                }),
                new Case("more streams than were allowed", Set.of(REFUSED_STREAM, PROTOCOL_ERROR), c -> {
                    for (int i = 0; i <= Http2Client.MAX_STREAMS; i++) {
                        c.send(RawHttp2.HEADERS, HEAD, 1 + 2 * i, POST);
                    }
                }),
                bad(
                        PROTOCOL_ERROR,
                        "HEADERS that depend on themselves",
                        c -> c.send(
                                RawHttp2.HEADERS, HEAD | ENDS | WITH_PRIORITY, 1, join(bytes(0, 0, 0, 1, 255), GET))),
                bad(PROTOCOL_ERROR, "a stream's window update of 0", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(WINDOW_UPDATE, 0, 1, word(0));
                }),
                bad(FLOW_CONTROL_ERROR, "a stream's window beyond 2^31 - 1", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(WINDOW_UPDATE, 0, 1, word(0x7fffffff));
                }),
                bad(FRAME_SIZE_ERROR, "PRIORITY of 4 bytes", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(PRIORITY, 0, 1, new byte[4]);
                }),
                bad(FRAME_SIZE_ERROR, "DATA longer than a frame may be", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.DATA, ENDS, 1, new byte[16_385]);
                }));
    }

    private static List<Case> messages() {
        return List.of(
                malformed(":path empty", ":method", "GET", ":scheme", "http", ":path", "", ":authority", "h"),
                malformed("no :method", ":scheme", "http", ":path", "/", ":authority", "h"),
                malformed("no :scheme", ":method", "GET", ":path", "/", ":authority", "h"),
                malformed("no :path", ":method", "GET", ":scheme", "http", ":authority", "h"),
                malformed("two :method", ":method", "GET", ":method", "GET", ":scheme", "http", ":path", "/"),
                malformed("two :scheme", ":method", "GET", ":scheme", "http", ":scheme", "http", ":path", "/"),
                malformed("two :path", ":method", "GET", ":scheme", "http", ":path", "/", ":path", "/"),
                malformed("a pseudo-header late", ":method", "GET", ":scheme", "http", "x", "y", ":path", "/"),
                bad(PROTOCOL_ERROR, "a body shorter than it says", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, request("POST", "content-length", "8"));
                    c.send(RawHttp2.DATA, ENDS, 1, new byte[4]);
                }),
                bad(PROTOCOL_ERROR, "two pieces longer than they say", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, request("POST", "content-length", "4"));
                    c.send(RawHttp2.DATA, 0, 1, new byte[3]);
                    c.send(RawHttp2.DATA, ENDS, 1, new byte[3]);
                }),
                bad(PROTOCOL_ERROR, "trailers that do not end it", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.DATA, 0, 1, new byte[4]);
                    c.send(RawHttp2.HEADERS, HEAD, 1, RawHttp2.fields("x", "y"));
                }),
                bad(PROTOCOL_ERROR, "trailers with a pseudo-header", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.DATA, 0, 1, new byte[4]);
                    c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, RawHttp2.fields(":method", "GET"));
                }));
    }

    private static Case malformed(String name, String... fields) {
        return bad(PROTOCOL_ERROR, name, c -> c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, RawHttp2.fields(fields)));
    }

    @ParameterizedTest
    @MethodSource
    void endsTheStream(Case one) throws Exception {
        Frame last = afterAll(one.sending, RawHttp2.RST_STREAM);
        assertThat(last).as("RST_STREAM, or GOAWAY for all streams").isNotNull();
        assertThat(Objects.requireNonNull(last).errorCode()).isIn(one.errors);
    }

    static Stream<Case> isBorne() {
        return Stream.of(
                bad(0, "an unknown frame", c -> c.send(0xff, 0xff, 0, new byte[8])),
                bad(0, "PING with flags that mean nothing", c -> c.send(RawHttp2.PING, 0x16, 0, new byte[8])),
                bad(0, "PING with the reserved bit", c -> c.send(RawHttp2.PING, 0, 0x80000000, new byte[8])),
                bad(0, "an answer to a PING that was not sent", c -> c.send(RawHttp2.PING, 1, 0, new byte[8])),
                bad(0, "an unknown setting", c -> c.send(RawHttp2.SETTINGS, 0, 0, setting(0xff, 1))),
                bad(
                        0,
                        "settings said twice",
                        c -> c.send(RawHttp2.SETTINGS, 0, 0, join(setting(4, 100), setting(4, 65_535)))),
                bad(0, "PRIORITY of an idle stream", c -> c.send(PRIORITY, 0, 1, bytes(0, 0, 0, 0, 255))),
                bad(0, "PRIORITY of a later stream", c -> c.send(PRIORITY, 0, 9, bytes(0x80, 0, 0, 0, 0))),
                bad(0, "more room in the window", c -> c.send(WINDOW_UPDATE, 0, 0, word(100))),
                bad(0, "a reset of an unknown error", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.RST_STREAM, 0, 1, word(0xff));
                }),
                bad(0, "PRIORITY of a closed stream", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.RST_STREAM, 0, 1, word(8));
                    c.send(PRIORITY, 0, 1, bytes(0, 0, 0, 0, 255));
                }),
                bad(
                        0,
                        "a table size before fields",
                        c -> c.send(RawHttp2.HEADERS, HEAD | ENDS, 1, join(bytes(0x20, 0x3f, 0xe1, 0x1f), GET))),
                bad(0, "padding, a dependency and continuations", c -> {
                    byte[] head = join(bytes(3, 0, 0, 0, 0, 255), join(GET, new byte[3]));
                    c.send(RawHttp2.HEADERS, PADDED | WITH_PRIORITY, 1, head);
                    c.send(RawHttp2.CONTINUATION, 0, 1, RawHttp2.fields("x", "y"));
                    c.send(RawHttp2.CONTINUATION, HEAD, 1, RawHttp2.fields("x", "z"));
                    c.send(RawHttp2.DATA, PADDED | ENDS, 1, bytes(2, 'a', 'b', 0, 0));
                }),
                bad(0, "a whole frame of DATA", c -> {
                    c.send(RawHttp2.HEADERS, HEAD, 1, POST);
                    c.send(RawHttp2.DATA, ENDS, 1, new byte[16_384]);
                }));
    }

    /** After it a request is answered as ever. */
    @ParameterizedTest
    @MethodSource
    void isBorne(Case one) throws Exception {
        Frame frame = afterAll(
                client -> {
                    one.sending.to(client);
                    client.send(RawHttp2.HEADERS, HEAD | ENDS, 99, GET);
                },
                RawHttp2.DATA);
        assertThat(frame).isNotNull();
        assertThat(Objects.requireNonNull(frame).type()).isEqualTo(RawHttp2.DATA);
        assertThat(frame.stream()).isEqualTo(99);
        assertThat(frame.payload()).isEqualTo("abc".getBytes(StandardCharsets.US_ASCII));
    }

    /** With a window of one byte an answer comes byte by byte, as updates let it. */
    @Test
    void keepsToTheWindow() throws Exception {
        try (Socket socket = rig.connect(proxy)) {
            RawHttp2 client = new RawHttp2(socket);
            client.send(RawHttp2.SETTINGS, 0, 0, setting(4, 1));
            client.send(RawHttp2.HEADERS, HEAD | ENDS, 1, GET);
            assertThat(Objects.requireNonNull(client.next()).type()).isEqualTo(RawHttp2.HEADERS);
            for (char letter : "abc".toCharArray()) {
                Frame piece = Objects.requireNonNull(client.next());
                assertThat(piece.payload()).containsExactly(letter);
                client.send(WINDOW_UPDATE, 0, 1, word(1));
            }
        }
    }

    /** The first frame of the type, or GOAWAY; DATA only of stream 99. Null when the proxy just closes. */
    private @Nullable Frame afterAll(Sending sending, int type) throws Exception {
        try (Socket socket = rig.connect(proxy)) {
            RawHttp2 client = new RawHttp2(socket);
            sending.to(client);
            while (true) {
                Frame frame = client.next();
                if (frame == null
                        || frame.type() == RawHttp2.GOAWAY
                        || (frame.type() == type && (type != RawHttp2.DATA || frame.stream() == 99))) {
                    return frame;
                }
            }
        }
    }
}
