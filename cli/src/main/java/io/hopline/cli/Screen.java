package io.hopline.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;

/**
 * The whole terminal for a while, by ECMA-48's control sequences; what was there before is there again when it is closed.
 * Keys are read one by one and not shown.
 */
final class Screen implements AutoCloseable {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    private final PrintWriter out;
    private final InputStream keys;
    private final String settings;
    private volatile boolean closed;

    private Screen(PrintWriter out, InputStream keys, String settings) {
        this.out = out;
        this.keys = keys;
        this.settings = settings;
    }

    /** Takes the terminal; the process must have one. */
    static Screen take(PrintWriter out) {
        String settings = stty("-g");
        stty("-icanon -echo min 0 time 0");
        out.print(ENTER);
        out.flush();
        return new Screen(out, System.in, settings);
    }

    /** True when there is somebody to look at a screen. */
    static boolean possible() {
        return System.console() != null && System.console().isTerminal();
    }

    private static String stty(String arguments) {
        return Program.run("sh", "-c", "stty " + arguments + " < /dev/tty").strip();
    }

    /** Shows these lines from the top, as many and as much of each as fits. */
    synchronized void show(List<String> lines) {
        if (closed) {
            return;
        }
        String[] size = stty("size").split(" ");
        int height = size.length == 2 ? Integer.parseInt(size[0]) : 0;
        int width = size.length == 2 ? Integer.parseInt(size[1]) : 0;
        out.print(frame(lines, height > 0 ? height : 24, width > 0 ? width : 80));
        out.flush();
    }

    static String frame(List<String> lines, int height, int width) {
        StringBuilder frame = new StringBuilder(HOME);
        int shown = Math.min(lines.size(), height);
        for (int i = 0; i < shown; i++) {
            String line = lines.get(i);
            frame.append(line.length() > width ? line.substring(0, width) : line)
                    .append(CLEAR_LINE)
                    .append(i == height - 1 ? "" : "\r\n");
        }
        return frame.append(CLEAR_BELOW).toString();
    }

    /** True when q was pressed since the last time, or the screen was closed. */
    boolean quit() {
        try {
            while (!closed && keys.available() > 0) {
                int key = keys.read();
                if (key == 'q' || key == 'Q') {
                    return true;
                }
            }
            return closed;
        } catch (IOException gone) {
            return true;
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            out.print(LEAVE);
            out.flush();
            stty(settings);
        }
    }
}
