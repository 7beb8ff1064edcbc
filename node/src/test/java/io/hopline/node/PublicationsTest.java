package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.ProxySettings;
import io.hopline.lb.proxy.HttpProxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublicationsTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private static HttpProxy proxy() throws Exception {
        ProxyConfig config = new ProxyConfig(
                "web", new InetSocketAddress(LOOPBACK, 0), List.of(new ProxyRoute("*", "/", List.of())), List.of());
        return HttpProxy.start(config, ProxySettings.defaults(), Thread::new, System::nanoTime, phases -> {});
    }

    @Test
    void aPortThatIsTakenIsPublishedOnceItIsFree() throws Exception {
        try (HttpProxy proxy = proxy();
                Publications publications = new Publications(Runnable::run)) {
            InetSocketAddress taken;
            try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
                taken = new InetSocketAddress(LOOPBACK, other.getLocalPort());
                publications.publish("web", proxy, List.of(taken));
                assertThat(publications.missing()).containsOnlyKeys("web");
                assertThat(publications.missing().get("web")).contains("cannot listen on 127.0.0.1:" + taken.getPort());
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> publications.missing().isEmpty());
            try (Socket client = new Socket(LOOPBACK, taken.getPort())) {
                assertThat(client.isConnected()).isTrue();
            }
        }
    }

    @Test
    void aServiceThatIsForgottenIsNotTriedAgain() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK);
                HttpProxy proxy = proxy();
                Publications publications = new Publications(Runnable::run)) {
            publications.publish("web", proxy, List.of(new InetSocketAddress(LOOPBACK, other.getLocalPort())));
            publications.forget("web");
            assertThat(publications.missing()).isEmpty();
        }
    }
}
