package io.hopline.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A real nginx in a guest's network namespace, with everything it writes under a directory of its own. */
final class NginxGuest {
    /** Where Debian's libnginx-mod-http-echo puts its module; wanted only when the server is made to sleep. */
    static final Path ECHO_MODULE = Path.of("/usr/lib/nginx/modules/ngx_http_echo_module.so");

    private static final int BODY_BYTES = 1024;
    private static final long START_TIMEOUT_NS = 10_000_000_000L;
    private static final int POLL_MS = 20;

    private NginxGuest() {}

    /** The page a guest serves: its name in the first line, then enough text to fill one kilobyte. */
    static byte[] page(String guest) {
        var page = new StringBuilder(guest).append('\n');
        while (page.length() < BODY_BYTES - 1) {
            page.append((char) ('a' + page.length() % 26));
        }
        return page.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Writes the configuration and starts the server.
     *
     * @param delayMs how long the server sleeps before each answer; 0 for not at all
     */
    static ChildProcess start(String netns, String guest, Path directory, int delayMs) {
        Path configuration = directory.resolve("nginx.conf");
        try {
            Files.createDirectories(directory.resolve("www"));
            Files.createDirectories(directory.resolve("tmp"));
            Files.write(directory.resolve("www/index.html"), page(guest));
            Files.writeString(configuration, configuration(directory, delayMs));
        } catch (IOException failure) {
            throw CliException.failed("cannot write nginx's files: " + failure.getMessage());
        }
        Path log = directory.resolve("nginx.log");
        return ChildProcess.startIn(
                netns,
                "nginx of " + guest,
                log,
                List.of("nginx", "-p", directory + "/", "-e", log.toString(), "-c", configuration.toString()));
    }

    /** Returns when the server listens; throws with its log when it ends or takes too long. */
    static void awaitListening(ChildProcess nginx, String netns) throws InterruptedException {
        long deadlineNs = System.nanoTime() + START_TIMEOUT_NS;
        while (!Program.run("nsenter", "--net=/run/netns/" + netns, "ss", "-Hltn", "sport", "=", ":80")
                .contains("LISTEN")) {
            nginx.requireAlive();
            if (System.nanoTime() - deadlineNs > 0) {
                throw CliException.failed("nginx in " + netns + " does not listen; its log:\n" + nginx.logTail());
            }
            Thread.sleep(POLL_MS);
        }
    }

    /** The worker stays root of its namespace: files under a private home must be readable, and there is one user only. */
    private static String configuration(Path directory, int delayMs) {
        String sleep = delayMs == 0
                ? ""
                : "location = / { echo_sleep %d.%03d; echo_exec @page; }".formatted(delayMs / 1000, delayMs % 1000);
        return """
                %1$s
                user root root;
                daemon off;
                worker_processes 1;
                pid %2$s/nginx.pid;
                error_log %2$s/nginx.log warn;
                events { worker_connections 1024; }
                http {
                  access_log off;
                  client_body_temp_path %2$s/tmp/body;
                  proxy_temp_path %2$s/tmp/proxy;
                  fastcgi_temp_path %2$s/tmp/fastcgi;
                  uwsgi_temp_path %2$s/tmp/uwsgi;
                  scgi_temp_path %2$s/tmp/scgi;
                  keepalive_requests 1000000;
                  keepalive_timeout 300s;
                  tcp_nodelay on;
                  server {
                    listen 0.0.0.0:80;
                    root %2$s/www;
                    location @page { try_files /index.html =404; }
                    %3$s
                  }
                }
                """.formatted(delayMs == 0 ? "" : "load_module " + ECHO_MODULE + ";", directory, sleep);
    }
}
