package io.hopline.lb.proxy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client or a server of HTTP/2 that writes whatever frames it is told to, well-formed or not (RFC 9113, section 4.1). */
final class RawHttp2 {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    /** What was received. */
    record Frame(int type, int flags, int stream, byte[] payload) {
        int errorCode() {
            int at = type == GOAWAY ? 4 : 0;
            return (payload[at] & 255) << 24
                    | (payload[at + 1] & 255) << 16
                    | (payload[at + 2] & 255) << 8
                    | payload[at + 3] & 255;
        }
    }

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final DataInputStream in;
    private final OutputStream out;
    /** Whether the other end has said that it knows our SETTINGS. */
    private boolean acknowledged;

    RawHttp2(Socket socket) throws IOException {
        this(socket, true, new byte[0]);
    }

    private RawHttp2(Socket socket, boolean client, byte[] settings) throws IOException {
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        if (client) {
            out.write(PREFACE);
        } else {
            in.readNBytes(PREFACE.length);
        }
        send(SETTINGS, 0, 0, settings);
    }

    /** The other end: waits for a client's preface. */
    static RawHttp2 server(Socket socket) throws IOException {
        return new RawHttp2(socket, false, new byte[0]);
    }

    /** The same, which says so many streams may be open at once (RFC 9113, section 6.5.2). */
    static RawHttp2 server(Socket socket, int maxConcurrentStreams) throws IOException {
        return server(socket, 3, maxConcurrentStreams);
    }

    /** The same, which says that a CONNECT may open a WebSocket (RFC 8441, section 3). */
    static RawHttp2 webSocketServer(Socket socket) throws IOException {
        return server(socket, 8, 1);
    }

    private static RawHttp2 server(Socket socket, int setting, int value) throws IOException {
        return new RawHttp2(
                socket,
                false,
                ByteBuffer.allocate(6).putShort((short) setting).putInt(value).array());
    }

    boolean acknowledged() {
        return acknowledged;
    }

    void send(int type, int flags, int stream, byte[] payload) throws IOException {
        // In one write: the proxy may close as soon as it has seen enough.
        out.write(ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array());
    }

    /** A head as literals without indexing (RFC 7541, section 6.2.2); names and values by turns, bytes as they are. */
    static byte[] fields(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i++) {
            if (i % 2 == 0) {
                block.write(0);
            }
            byte[] text = namesAndValues[i].getBytes(StandardCharsets.ISO_8859_1);
            if (text.length < 127) {
                block.write(text.length);
            } else {
                block.write(127);
                int rest = text.length - 127;
                while (rest >= 128) {
                    block.write(rest % 128 + 128);
                    rest /= 128;
                }
                block.write(rest);
            }
            block.writeBytes(text);
        }
        return block.toByteArray();
    }

    /** The next frame that is none of SETTINGS, PING and WINDOW_UPDATE; null when the proxy has closed. */
    @Nullable
    Frame next() throws IOException {
        while (true) {
            try {
                int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
                int type = in.readUnsignedByte();
                Frame frame = new Frame(type, in.readUnsignedByte(), in.readInt() & 0x7fffffff, in.readNBytes(length));
                if (type != SETTINGS && type != PING && type != 8) {
                    return frame;
                }
                acknowledged |= type == SETTINGS && frame.flags() == 1;
            } catch (EOFException | SocketException closed) {
                return null;
            }
        }
    }
}
