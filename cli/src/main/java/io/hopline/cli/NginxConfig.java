package io.hopline.cli;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The configuration of a guest's nginx, the same for a namespace and for a VM: one page on port 80, long keep-alive.
 *
 * @param directory the guest's own: {@code www} with the page, {@code tmp}, and what nginx writes
 * @param delayMs how long the server sleeps before each answer; 0 for not at all
 * @param accessLog where a syslog line per request goes, as ADDRESS:PORT (UDP); its text is
 *     {@code CLIENT_ADDRESS:CLIENT_PORT STATUS MSEC REQUEST_TIME}, the last two in seconds with three decimals (nginx's
 *     {@code $msec} and {@code $request_time})
 */
record NginxConfig(Path directory, int delayMs, Optional<String> accessLog) {
    /** Where Debian's libnginx-mod-http-echo puts its module; wanted only when the server is made to sleep. */
    static final Path ECHO_MODULE = Path.of("/usr/lib/nginx/modules/ngx_http_echo_module.so");

    private static final int MAX_DELAY_MS = 60_000;

    NginxConfig {
        if (delayMs < 0 || delayMs > MAX_DELAY_MS) {
            throw CliException.badInput("a server sleeps 0 to " + MAX_DELAY_MS + " ms, not " + delayMs);
        }
        accessLog.ifPresent(address -> {
            if (!address.matches("[0-9.]+:[0-9]{1,5}")) {
                throw CliException.badInput("an access log goes to ADDRESS:PORT, not '" + address + "'");
            }
        });
    }

    /** The worker stays root of its namespace: files under a private home must be readable, and there is one user only. */
    String text() {
        String sleep = delayMs == 0
                ? ""
                : "location = / { echo_sleep %d.%03d; echo_exec @page; }".formatted(delayMs / 1000, delayMs % 1000);
        String log = accessLog
                .map(address -> "access_log syslog:server=" + address + ",nohostname,tag=hopline hopline")
                .orElse("access_log off");
        return """
                %1$s
                user root root;
                daemon off;
                worker_processes 1;
                pid %2$s/nginx.pid;
                error_log %2$s/nginx.log warn;
                events { worker_connections 1024; }
                http {
                  log_format hopline '$remote_addr:$remote_port $status $msec $request_time';
                  %4$s;
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
                """.formatted(delayMs == 0 ? "" : "load_module " + ECHO_MODULE + ";", directory, sleep, log);
    }
}
