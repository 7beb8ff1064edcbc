package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NginxConfigTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 1500})
    void nginxAcceptsIt(int delayMs) throws Exception {
        Assumptions.assumeTrue(SystemNeeds.programs("nginx"), "needs nginx");
        Assumptions.assumeTrue(delayMs == 0 || Files.exists(NginxConfig.ECHO_MODULE), "needs nginx's echo module");
        Files.createDirectories(directory.resolve("tmp"));
        Path file = directory.resolve("nginx.conf");
        Files.writeString(file, new NginxConfig(directory, delayMs, Optional.of("127.0.0.1:5140")).text());

        assertThat(Program.run(
                        "nginx", "-t", "-p", directory + "/", "-e", directory + "/nginx.log", "-c", file.toString()))
                .contains("test is successful");
    }

    @Test
    void namesWhatCannotBe() {
        assertThatThrownBy(() -> new NginxConfig(directory, -1, Optional.empty()))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> new NginxConfig(directory, 0, Optional.of("here; include /etc/shadow")))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("ADDRESS:PORT");
    }
}
