package io.hopline.bench;

import io.hopline.cli.CliException;
import io.hopline.cli.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a report has to say about where its figures come from, and what is installed there. */
final class Machine {
    private Machine() {}

    /** Machine, versions, date and command, in the order to print them. */
    static Map<String, String> facts(String command, Workload workload) {
        Map<String, String> facts = facts(command);
        facts.putAll(workload.facts());
        return facts;
    }

    /** The same of no workload's. */
    static Map<String, String> facts(String command) {
        var facts = new LinkedHashMap<String, String>();
        facts.put(
                "machine",
                cpuModel() + ", " + Runtime.getRuntime().availableProcessors() + " cores, Linux "
                        + System.getProperty("os.version"));
        facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("command", command);
        facts.put("hopline", hopline());
        facts.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        return facts;
    }

    /** Memory of the machine, MiB (proc_meminfo(5)). */
    static double memoryMib() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemTotal:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst()
                    .orElseThrow(() -> new IOException("/proc/meminfo has no MemTotal"));
        }
    }

    private static String cpuModel() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException unreadable) {
            return System.getProperty("os.arch");
        }
    }

    /** The commit of the source tree that the class path is in. */
    private static String hopline() {
        String first = System.getProperty("java.class.path").split(":")[0];
        Path place = Path.of(first).toAbsolutePath().getParent();
        try {
            return "commit " + Program.run("git", "-C", String.valueOf(place), "describe", "--always", "--dirty");
        } catch (CliException noSourceTree) {
            return "commit unknown";
        }
    }

    /** What a program says first about itself. */
    static String firstLine(String program, String... arguments) {
        if (!installed(program)) {
            return "not installed";
        }
        try {
            var command =
                    Stream.concat(Stream.of(program), Stream.of(arguments)).toArray(String[]::new);
            return Program.run(command).lines().findFirst().orElse("?");
        } catch (CliException failure) {
            return String.valueOf(failure.getMessage());
        }
    }

    /** Whether a program is there to be run. */
    static boolean installed(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
        return Stream.of(path.split(":")).anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    /** Those programs that are not there. */
    static List<String> missing(List<String> programs) {
        return programs.stream().filter(program -> !installed(program)).toList();
    }
}
