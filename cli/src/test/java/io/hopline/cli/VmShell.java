package io.hopline.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs commands in a VM, one after the other, by the shell on its second serial port. */
final class VmShell implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final SocketChannel channel;
    private final Selector selector = Selector.open();
    private final StringBuilder unread = new StringBuilder();
    private int commands;

    /** The shell of a VM that is ready. */
    VmShell(Path directory) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(directory.resolve(VmGuest.SHELL)));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
    }

    /**
     * What a command printed, errors included.
     *
     * @throws AssertionError when it did not exit with 0, or took more than a minute
     */
    String run(String command) throws IOException {
        // The terminal echoes what is typed, with `$?` and not with a number.
        String end = "done-" + ++commands + "-";
        String begin = "begin-" + commands;
        write("echo " + begin + "; { " + command + "; } 2>&1; echo " + end + "$?\n");
        Pattern finished = Pattern.compile("\n" + begin + "\r?\n(.*?)" + end + "(\\d+)", Pattern.DOTALL);
        long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
        Matcher match = finished.matcher(unread);
        while (!match.find()) {
            if (System.nanoTime() > deadlineNs || !read()) {
                throw new AssertionError("'" + command + "' did not end; the terminal says:\n" + unread);
            }
            match = finished.matcher(unread);
        }
        String output = match.group(1).replace("\r", "").strip();
        String code = match.group(2);
        unread.setLength(0);
        if (!code.equals("0")) {
            throw new AssertionError("'" + command + "' exits with " + code + ":\n" + output);
        }
        return output;
    }

    /** Typed in pieces: a serial port has a small buffer. */
    private void write(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private boolean read() throws IOException {
        selector.select(1_000);
        selector.selectedKeys().clear();
        ByteBuffer bytes = ByteBuffer.allocate(4_096);
        int count = channel.read(bytes);
        unread.append(new String(bytes.array(), 0, Math.max(0, count), StandardCharsets.UTF_8));
        return count >= 0;
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
