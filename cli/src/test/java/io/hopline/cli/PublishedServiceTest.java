package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An L7 service that is to be had on the gateway's host, by clients that are in no virtual network. */
@Tag("netns")
class PublishedServiceTest {
    private static final String AT_FIRST = "http://127.0.0.1:8081/";
    private static final String THEN = "http://[::1]:8082/";

    @Test
    void isServedWhereItIsPublishedAndNoLongerWhereItWas(@TempDir Path directory) throws Exception {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "unshare", "nsenter", "nginx", "udhcpc", "curl"),
                "needs iproute2, util-linux, nginx, udhcpc and curl");
        try (SurvivalHost host = new SurvivalHost(directory)) {
            host.apply(service("web", "10.0.1.101:80", "127.0.0.1:8081"));
            host.awaitHealthy();
            awaitServed(host, AT_FIRST);
            assertThat(host.get(THEN)).isEmpty();

            host.apply(service("web", "10.0.1.101:80", "[::]:8082"));
            awaitServed(host, THEN);
            Awaitility.await()
                    .atMost(SurvivalHost.PATIENCE)
                    .until(() -> host.get(AT_FIRST).isEmpty());

            assertThat(host.refused(service("other", "10.0.1.102:80", "127.0.0.1:8082")))
                    .contains("l7.publish", "port 8082 is taken by service 'web'");
            assertThat(host.refused(service("other", "10.0.1.102:80", "localhost:8083")))
                    .contains("publish", "must be an address and port of the host");
            awaitServed(host, THEN);
        }
    }

    private static void awaitServed(SurvivalHost host, String url) {
        Awaitility.await().atMost(SurvivalHost.PATIENCE).until(() -> SurvivalHost.BACKENDS.contains(host.get(url)));
    }

    private static String service(String name, String vip, String publish) {
        return """
                services:
                - name: %s
                  network: blue
                  vip: %s
                  mode: l7
                  backends: ['b1:80', 'b2:80', 'b3:80']
                  l7: {publish: ['%s']}
                """.formatted(name, vip, publish);
    }
}
