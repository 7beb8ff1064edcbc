package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import io.hopline.cli.Program;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** nginx as an HTTP proxy with one worker, between veth pairs. */
final class NginxBalancer implements Balancer {
    @Override
    public Layer layer() {
        return Layer.L7;
    }

    @Override
    public String id() {
        return "nginx";
    }

    @Override
    public String tuning() {
        return "worker_processes 1, proxy_http_version 1.1, upstream keepalive 128, no access log; veth pairs";
    }

    @Override
    public List<String> programs() {
        return List.of("nginx");
    }

    @Override
    public List<String> packages() {
        return List.of("nginx-light");
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        String host = RoutedHost.join(rig).netns();
        String servers = Frontage.backends(rig).stream()
                .map(guest -> "server " + guest.ip() + ":" + Frontage.BACKEND_PORT + ";")
                .collect(Collectors.joining(" "));
        Certificate certificate = Certificate.make(rig);
        ChildProcess nginx = NginxProcess.start(rig, host, "nginx-proxy", """
                upstream servers { %1$s keepalive 128; keepalive_requests 1000000000; }
                  server {
                    listen %2$s:%3$d backlog=4096;
                    listen %2$s:%4$d http2 backlog=4096;
                    listen %2$s:%5$d ssl http2 backlog=4096;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_certificate %6$s;
                    ssl_certificate_key %7$s;
                    location / { proxy_pass http://servers; proxy_http_version 1.1; proxy_set_header Connection ""; }
                  }""".formatted(
                        servers,
                        Frontage.VIP,
                        Frontage.HTTP_PORT,
                        Frontage.HTTP2_PORT,
                        Frontage.TLS_PORT,
                        certificate.cert(),
                        certificate.key()));
        Rig.awaitListener(host, Frontage.HTTP_PORT, nginx);
        String worker = Program.run("pgrep", "-P", String.valueOf(nginx.pid()));
        return () -> LongStream.concat(
                        LongStream.of(nginx.pid()), worker.lines().mapToLong(Long::parseLong))
                .boxed()
                .toList();
    }
}
