package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An nginx with one worker and no access log, everything it writes in a directory of its own. */
final class NginxProcess {
    private static final int CONNECTIONS = 12_000;

    private NginxProcess() {}

    /**
     * Starts one; it ends with the rig.
     *
     * @param http what stands in its {@code http} block
     */
    static ChildProcess start(Rig rig, String netns, String name, String http) throws IOException {
        Path directory = Files.createDirectories(rig.directory().resolve(name));
        Path configuration = directory.resolve("nginx.conf");
        Files.writeString(configuration, """
                user root root;
                daemon off;
                worker_processes 1;
                worker_rlimit_nofile %1$d;
                pid %2$s/pid;
                error_log %2$s/error.log warn;
                events { worker_connections %1$d; }
                http {
                  access_log off;
                  sendfile on;
                  tcp_nopush on;
                  tcp_nodelay on;
                  keepalive_timeout 300s;
                  keepalive_requests 1000000000;
                  client_body_temp_path %2$s/body;
                  proxy_temp_path %2$s/proxy;
                  fastcgi_temp_path %2$s/fastcgi;
                  uwsgi_temp_path %2$s/uwsgi;
                  scgi_temp_path %2$s/scgi;
                  %3$s
                }
                """.formatted(CONNECTIONS, directory, http));
        return rig.start(
                netns,
                name,
                List.of(
                        "nginx",
                        "-p",
                        directory + "/",
                        "-e",
                        directory + "/error.log",
                        "-c",
                        configuration.toString()));
    }
}
