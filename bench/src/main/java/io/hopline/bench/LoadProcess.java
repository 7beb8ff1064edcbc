package io.hopline.bench;

import io.hopline.cli.CliException;
import io.hopline.cli.JavaProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** A load of our own in a guest's namespace: each line of its input asks for something and is answered with one of JSON. */
final class LoadProcess {
    private static final int END_S = 5;

    private final String name;
    private final Process process;
    private final Writer input;
    private final BufferedReader output;

    private LoadProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        input = process.outputWriter(StandardCharsets.UTF_8);
        output = process.inputReader();
    }

    /** Starts {@code hopline ARGUMENTS...} in a namespace; it ends with the rig. */
    static LoadProcess start(Rig rig, String netns, int heapMib, List<String> arguments) throws IOException {
        String name = String.join(" ", arguments);
        // A session of its own, so that Ctrl-C reaches us alone.
        var command = new ArrayList<>(List.of("setsid", "nsenter", "--net=/run/netns/" + netns, "--"));
        command.addAll(JavaProcess.command(heapMib, arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(rig.directory().resolve("load.log").toFile())
                .start();
        rig.undoLater(name, () -> {
            process.destroy();
            if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        });
        return new LoadProcess(name, process);
    }

    /** Its processes. */
    List<Long> pids() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .map(ProcessHandle::pid)
                .toList();
    }

    <T> T ask(String question, Class<T> answer) throws IOException {
        input.write(question + "\n");
        input.flush();
        String line = output.readLine();
        if (line == null) {
            throw CliException.failed(name + " ended by itself");
        }
        return JsonMapper.shared().readValue(line, answer);
    }
}
