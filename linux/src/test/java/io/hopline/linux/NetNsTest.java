package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class NetNsTest {
    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Namespaces.possible(), Namespaces.REASON);
    }

    private static Path here() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
    }

    @Test
    void aThreadGoesInAndComesBack() throws Exception {
        Path home = here();
        try (NetNs ns = NetNs.anonymous();
                NetNs other = NetNs.anonymous()) {
            Path inside = ns.call(NetNsTest::here);
            assertThat(inside).isNotEqualTo(home);
            assertThat(ns.<Path, IOException>call(() -> {
                        assertThat(other.call(NetNsTest::here)).isNotEqualTo(inside);
                        return here();
                    }))
                    .isEqualTo(inside);
            assertThat(here()).isEqualTo(home);
            assertThatThrownBy(() -> ns.call(() -> {
                        throw new IOException("inside");
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("inside");
            assertThat(here()).isEqualTo(home);
        }
    }

    @Test
    void aVirtualThreadLeavesItsCarrierWhereItWas() throws Exception {
        Path home = here();
        try (NetNs ns = NetNs.anonymous()) {
            Path inside = ns.call(NetNsTest::here);
            Thread virtual = Thread.ofVirtual().start(() -> {
                try {
                    assertThat(ns.call(NetNsTest::here)).isEqualTo(inside);
                    assertThat(here()).isEqualTo(home);
                    assertThatThrownBy(() -> ns.call(() -> {
                                throw new IOException("inside");
                            }))
                            .isInstanceOf(IOException.class);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            Throwable[] thrown = new Throwable[1];
            virtual.setUncaughtExceptionHandler((t, e) -> thrown[0] = e);
            virtual.join();
            assertThat(thrown[0]).isNull();
        }
    }

    @Test
    void namesComeAndGo() {
        String name = "hlt" + ProcessHandle.current().pid() + "-"
                + ThreadLocalRandom.current().nextInt(1_000_000);
        assertThat(NetNs.exists(name)).isFalse();
        try (NetNs ns = NetNs.create(name)) {
            assertThat(NetNs.exists(name)).isTrue();
            assertThat(ns.ip("link", "show", "lo")).contains("UP");
            assertThatThrownBy(() -> NetNs.create(name))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("File exists");
        } finally {
            NetNs.delete(name);
        }
        assertThat(NetNs.exists(name)).isFalse();
    }

    @Test
    void anotherProcesssNamespaceIsReachedByItsNumber() throws Exception {
        try (NetNs own = NetNs.ofProcess(ProcessHandle.current().pid())) {
            assertThat(own.call(NetNsTest::here)).isEqualTo(here());
        }
        assertThatThrownBy(() -> NetNs.ofProcess(Long.MAX_VALUE)).isInstanceOf(LinuxException.class);
    }
}
