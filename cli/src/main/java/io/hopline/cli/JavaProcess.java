package io.hopline.cli;

import java.util.ArrayList;
import java.util.List;

/** The command line of another {@code hopline} process: the same Java, class path and start-up cache as this one. */
public final class JavaProcess {
    /** Forwarding leaves no garbage: what a young generation is for is small, and untouched memory is not resident. */
    private static final int YOUNG_SHARE = 8;

    private JavaProcess() {}

    /** The command for {@code hopline ARGUMENTS...} as a process that stays up, with a heap of fixed size. */
    public static List<String> command(int heapMib, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Xms" + heapMib + "m",
                "-Xmx" + heapMib + "m",
                "-Xmn" + heapMib / YOUNG_SHARE + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Xlog:disable",
                "-Xlog:all=error:stderr"));
        String cache = System.getProperty("hopline.aot");
        if (cache != null) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(List.of("-cp", classPath(), Main.class.getName()));
        command.addAll(arguments);
        return command;
    }

    /** Under a test runner the class path proper is in a property of the runner's. */
    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }
}
