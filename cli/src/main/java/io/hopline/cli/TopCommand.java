package io.hopline.cli;

import java.io.PrintWriter;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline top}: what goes on now, in the terminal. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = {
            "Services with their rate, percentiles and whose time it is, every port's rates and drops by reason, and the",
            "busiest flows, anew each second. q or Ctrl-C ends it. Without a terminal it prints one frame, as with --once."
        },
        footer = {"", "Examples:", "  hopline top", "  hopline top --once --since 5m", "  hopline top --once -o json"})
final class TopCommand implements Callable<Integer> {
    private static final long PERIOD_MS = 1_000;
    private static final long KEY_MS = 50;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--once", description = "print one frame and end")
    private boolean once;

    @Option(
            names = "--since",
            paramLabel = "AGO",
            defaultValue = "30s",
            description = "how far services' figures look back: 30s, 5m, 1h (default: ${DEFAULT-VALUE})")
    private String since = "30s";

    @Mixin
    private ControllerOption controller = new ControllerOption();

    @Mixin
    private OutputOption output = new OutputOption();

    @Override
    public Integer call() throws InterruptedException {
        RestClient rest = controller.client();
        PrintWriter out = spec.commandLine().getOut();
        try (HttpClient http = HttpClient.newBuilder()
                .connectTimeout(Duration.ofMillis(PERIOD_MS))
                .build()) {
            TopSnapshot first = TopSnapshot.take(rest, http, RestClient.segment(since));
            if (once || output.json() || !Screen.possible()) {
                Thread.sleep(PERIOD_MS);
                TopFrame frame = new TopFrame(first, TopSnapshot.take(rest, http, RestClient.segment(since)));
                if (output.json()) {
                    output.print(out, frame.json());
                } else {
                    out.print(frame.text());
                    out.flush();
                }
                return 0;
            }
            watch(rest, http, out, first);
        }
        return 0;
    }

    /** Until q or Ctrl-C, which leaves the terminal as it was. */
    private void watch(RestClient rest, HttpClient http, PrintWriter out, TopSnapshot first)
            throws InterruptedException {
        TopSnapshot before = first;
        Screen screen = Screen.take(out);
        try (Termination termination = new Termination(screen::close);
                screen) {
            while (pause(screen)) {
                TopSnapshot now = TopSnapshot.take(rest, http, RestClient.segment(since));
                List<String> lines = new ArrayList<>();
                lines.add("hopline top   " + Instant.now().truncatedTo(ChronoUnit.SECONDS)
                        + "   services over the last " + since + "   q quits");
                lines.add("");
                new TopFrame(before, now).text().lines().forEach(lines::add);
                screen.show(lines);
                before = now;
            }
        }
    }

    /** Waits for the next frame's time; false when the user wants to quit. */
    private static boolean pause(Screen screen) throws InterruptedException {
        for (long waited = 0; waited < PERIOD_MS; waited += KEY_MS) {
            if (screen.quit()) {
                return false;
            }
            Thread.sleep(KEY_MS);
        }
        return true;
    }
}
