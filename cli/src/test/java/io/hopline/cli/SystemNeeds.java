package io.hopline.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** What a test finds on the machine it runs on. */
final class SystemNeeds {
    private SystemNeeds() {}

    static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    static boolean programs(String... names) {
        return Arrays.stream(names)
                .allMatch(name -> Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name))));
    }
}
