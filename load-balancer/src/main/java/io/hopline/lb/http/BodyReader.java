package io.hopline.lb.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * Takes the body of one HTTP/1.1 message after another out of a connection's bytes, chunked or not (RFC 9112, sections 6
 * and 7.1). Strict: a chunk's size is hexadecimal digits and nothing else, its lines end in CRLF, extensions are checked
 * and dropped. Event loop only.
 */
public final class BodyReader {
    /** Longest line of a chunk's size with its extensions. */
    private static final int MAX_SIZE_LINE = 512;

    private static final int MAX_SIZE_DIGITS = 15;

    private enum State {
        DONE,
        BAD,
        SIZED,
        UNTIL_CLOSE,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS
    }

    private final HeadScanner trailerScanner;
    private State state = State.DONE;
    private long left;
    private @Nullable HeaderFields trailers;

    public BodyReader(int maxTrailerBytes) {
        trailerScanner = new HeadScanner(maxTrailerBytes);
    }

    /** The request's body follows, if it has one. */
    public void expect(RequestHead request) {
        if (request.bodyBytes() == RequestHead.UNKNOWN_LENGTH) {
            expectChunks();
        } else {
            expect(request.bodyBytes());
        }
    }

    /** A body of this many bytes follows, maybe 0. */
    public void expect(long bytes) {
        left = bytes;
        state = bytes == 0 ? State.DONE : State.SIZED;
        trailers = null;
    }

    public void expectChunks() {
        state = State.CHUNK_SIZE;
        trailers = null;
    }

    /** What follows ends when {@link #closed} is called. */
    public void expectUntilClose() {
        state = State.UNTIL_CLOSE;
        trailers = null;
    }

    public boolean done() {
        return state == State.DONE;
    }

    /** True when a rule was broken: nothing that follows on this connection means anything. */
    public boolean bad() {
        return state == State.BAD;
    }

    /** The fields after a chunked body, once it is {@link #done}; null when there are none. */
    @Nullable
    public HeaderFields trailers() {
        return trailers;
    }

    /** The connection has ended: returns whether the body has too. */
    public boolean closed() {
        if (state == State.UNTIL_CLOSE) {
            state = State.DONE;
        }
        return state == State.DONE;
    }

    /** The next piece of the body, which the caller owns; null when more must arrive, or it is {@link #done} or {@link #bad}. */
    @Nullable
    public ByteBuf next(ByteBuf in) {
        while (in.isReadable()) {
            switch (state) {
                case DONE, BAD -> {
                    return null;
                }
                case UNTIL_CLOSE -> {
                    return in.readRetainedSlice(in.readableBytes());
                }
                case SIZED, CHUNK_DATA -> {
                    return data(in);
                }
                default -> {
                    if (!frame(in)) {
                        return null;
                    }
                }
            }
        }
        return null;
    }

    private ByteBuf data(ByteBuf in) {
        int length = (int) Math.min(left, in.readableBytes());
        left -= length;
        if (left == 0) {
            state = state == State.SIZED ? State.DONE : State.CHUNK_END;
        }
        return in.readRetainedSlice(length);
    }

    /** Reads what is between chunks; false when that takes more bytes. */
    private boolean frame(ByteBuf in) {
        return switch (state) {
            case CHUNK_SIZE -> chunkSize(in);
            case CHUNK_END -> chunkEnd(in);
            default -> trailerSection(in);
        };
    }

    private boolean chunkEnd(ByteBuf in) {
        if (in.readableBytes() < 2) {
            return in.getByte(in.readerIndex()) != '\r' && broken();
        }
        if (in.readShort() != Wire.CRLF) {
            return broken();
        }
        state = State.CHUNK_SIZE;
        return true;
    }

    private boolean chunkSize(ByteBuf in) {
        int begin = in.readerIndex();
        int lineFeed = in.indexOf(begin, Math.min(in.writerIndex(), begin + MAX_SIZE_LINE), (byte) '\n');
        if (lineFeed < 0) {
            return in.readableBytes() >= MAX_SIZE_LINE && broken();
        }
        int at = begin;
        long size = 0;
        for (int digit = hex(in.getByte(at)); digit >= 0; digit = hex(in.getByte(at))) {
            size = size << 4 | digit;
            at++;
            if (at - begin > MAX_SIZE_DIGITS) {
                return broken();
            }
        }
        if (at == begin || in.getByte(lineFeed - 1) != '\r' || !areExtensions(in, at, lineFeed - 1)) {
            return broken();
        }
        in.readerIndex(lineFeed + 1);
        left = size;
        state = size == 0 ? State.TRAILERS : State.CHUNK_DATA;
        return true;
    }

    /** Whether these bytes are any number of {@code ;name}, {@code ;name=value} and {@code ;name="value"}, without spaces. */
    private static boolean areExtensions(ByteBuf in, int from, int end) {
        int at = from;
        while (at < end) {
            int nameEnd = in.getByte(at) == ';' ? tokenEnd(in, at + 1, end) : 0;
            if (nameEnd <= at + 1) {
                return false;
            }
            at = nameEnd;
            if (at < end && in.getByte(at) == '=') {
                boolean quoted = at + 1 < end && in.getByte(at + 1) == '"';
                int valueEnd = quoted ? quoteEnd(in, at + 2, end) : tokenEnd(in, at + 1, end);
                if (valueEnd <= at + 1) {
                    return false;
                }
                at = valueEnd;
            }
        }
        return true;
    }

    private static int tokenEnd(ByteBuf in, int from, int end) {
        int at = from;
        while (at < end && HeadParser.isTokenByte(in.getByte(at))) {
            at++;
        }
        return at;
    }

    /** Behind the quote that ends what begins here (RFC 9110, section 5.6.4), or 0 when none does. */
    private static int quoteEnd(ByteBuf in, int from, int end) {
        for (int at = from; at < end && HeadParser.isValueByte(in.getByte(at)); at++) {
            if (in.getByte(at) == '"') {
                return at + 1;
            }
            if (in.getByte(at) == '\\') {
                at++;
            }
        }
        return 0;
    }

    private boolean trailerSection(ByteBuf in) {
        int length = trailerScanner.scan(in);
        if (length == HeadScanner.MORE) {
            return false;
        }
        if (length == HeadScanner.BAD) {
            return broken();
        }
        if (length > 2) {
            trailers = HeadParser.trailers(ByteBufUtil.getBytes(in, in.readerIndex(), length, true));
            if (trailers == null) {
                return broken();
            }
        }
        in.skipBytes(length);
        state = State.DONE;
        return true;
    }

    private boolean broken() {
        state = State.BAD;
        return true;
    }

    private static int hex(byte b) {
        return b >= '0' && b <= '9'
                ? b - '0'
                : b >= 'a' && b <= 'f' ? b - 'a' + 10 : b >= 'A' && b <= 'F' ? b - 'A' + 10 : -1;
    }
}
