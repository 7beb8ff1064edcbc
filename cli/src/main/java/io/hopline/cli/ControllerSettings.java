package io.hopline.cli;

import io.hopline.controller.ControllerOptions;
import io.hopline.controller.ProbeConnector;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a controller is told, alone or in one process with a node. */
final class ControllerSettings {
    @Option(
            names = "--rest",
            paramLabel = "IP:PORT",
            defaultValue = "127.0.0.1:8080",
            description = "REST and web page (default: ${DEFAULT-VALUE})")
    private String rest = "";

    @Option(
            names = "--store",
            paramLabel = "STORE",
            defaultValue = "embedded:hopline-store",
            description = "embedded:DIR (default: ${DEFAULT-VALUE})")
    private String store = "";

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "auto",
            description = "time one in N connections, a power of two, or auto: as many as cost 1 %% of a core")
    private String sample = "";

    @Option(
            names = "--alert-webhook",
            paramLabel = "URL",
            description = "post burn-rate alerts here, as Alertmanager does (its webhook payload, version 4)")
    private @Nullable URI alertWebhook;

    @Option(
            names = "--otlp",
            paramLabel = "URL",
            description = {
                "send each timed request there as an OpenTelemetry trace with a span for each hop",
                "(OTLP over HTTP, JSON; such as http://localhost:4318/v1/traces)"
            })
    private @Nullable URI traces;

    /** @param openflow where switches connect to */
    ControllerOptions options(List<String> openflow, ProbeConnector probe) {
        return new ControllerOptions(
                rest, openflow, store, ControllerOptions.parseSample(sample), probe, alertWebhook, traces);
    }
}
