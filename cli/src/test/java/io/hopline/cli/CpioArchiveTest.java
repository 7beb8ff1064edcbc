package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpioArchiveTest {
    @TempDir
    private Path directory;

    /** The system's own cpio unpacks what was written. */
    @Test
    void cpioUnpacksIt() throws Exception {
        Assumptions.assumeTrue(SystemNeeds.programs("cpio"), "needs cpio");
        Path file = directory.resolve("made.cpio");
        try (var archive = new CpioArchive(Files.newOutputStream(file))) {
            archive.file("a/b/odd", "123", false);
            archive.file("a/b/run", "#!/bin/sh\n", true);
            archive.file("a/empty", "", false);
            archive.link("a/link", "b/odd");
            archive.directory("z");
        }
        assertThat(Files.size(file) % 4).isZero();

        Program.run("sh", "-c", "cd \"$0\" && cpio -i --quiet -d --no-preserve-owner <made.cpio", directory.toString());

        assertThat(directory.resolve("a/b/odd")).hasContent("123");
        assertThat(directory.resolve("a/b/run")).isExecutable();
        assertThat(directory.resolve("a/empty")).isEmptyFile();
        assertThat(Files.readSymbolicLink(directory.resolve("a/link"))).isEqualTo(Path.of("b/odd"));
        assertThat(directory.resolve("z")).isDirectory();
    }
}
