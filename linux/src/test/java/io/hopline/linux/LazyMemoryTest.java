package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LazyMemoryTest {
    private static final long BYTES = 1L << 30;

    @Test
    void onlyTouchedPagesAreResident() throws IOException {
        long before = residentPages();
        try (LazyMemory memory = LazyMemory.reserve(BYTES)) {
            assertThat(memory.segment().byteSize()).isEqualTo(BYTES);
            assertThat(memory.segment().get(ValueLayout.JAVA_LONG, BYTES - 8)).isZero();
            memory.segment().set(ValueLayout.JAVA_LONG, BYTES / 2, 7);
            assertThat(memory.segment().get(ValueLayout.JAVA_LONG, BYTES / 2)).isEqualTo(7);
            assertThat(residentPages() - before).isLessThan(BYTES / 4096 / 2);
        }
    }

    @Test
    void moreThanThereIsRoomForIsSaid() {
        assertThatThrownBy(() -> LazyMemory.reserve(1L << 62))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("mmap");
    }

    private static long residentPages() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
    }
}
