package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** The real nginx in each guest behind a balancer: a page of one kilobyte, and a large body. */
final class WebServers {
    static final String LARGE = "/large";

    private static final int PAGE_BYTES = 1024;
    private static final int LARGE_BYTES = 16 << 20;

    private WebServers() {}

    /** The page that a guest serves; its first line tells it from the others'. */
    static String page(Rig.Guest guest) {
        var page = new StringBuilder(guest.ip()).append('\n');
        while (page.length() < PAGE_BYTES) {
            page.append((char) ('a' + page.length() % 26));
        }
        return page.toString();
    }

    /** Starts them all and returns when they listen. */
    static void start(Rig rig) throws IOException, InterruptedException {
        for (Rig.Guest guest : Frontage.backends(rig)) {
            String name = "nginx-" + guest.ip();
            Path root = Files.createDirectories(rig.directory().resolve(name).resolve("www"));
            Files.writeString(root.resolve("index.html"), page(guest));
            try (var large = new RandomAccessFile(root + LARGE, "rw")) {
                large.setLength(LARGE_BYTES);
            }
            String server = "server { listen 0.0.0.0:" + Frontage.BACKEND_PORT + " backlog=4096; root " + root
                    + "; open_file_cache max=16; }";
            ChildProcess nginx = NginxProcess.start(rig, guest.netns(), name, server);
            Rig.awaitListener(guest.netns(), Frontage.BACKEND_PORT, nginx);
        }
    }
}
