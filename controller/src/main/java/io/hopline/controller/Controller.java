package io.hopline.controller;

import io.hopline.openflow.OpenFlowAddress;
import io.hopline.sla.RequestTrace;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running controller: store, state, compiler, OpenFlow and REST. */
public final class Controller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
    private static final String EMBEDDED = "embedded:";
    private static final long RETRY_PAUSE_MS = 1_000;

    /** Newest first. */
    private final Deque<AutoCloseable> parts;

    private final LiveState live;
    private final LatencyService latency;
    private final OpenFlowServer openFlow;
    private final RestServer rest;
    private final HostPort restAddress;

    private Controller(
            Deque<AutoCloseable> parts,
            LiveState live,
            LatencyService latency,
            OpenFlowServer openFlow,
            RestServer rest,
            HostPort address) {
        this.parts = parts;
        this.live = live;
        this.latency = latency;
        this.openFlow = openFlow;
        this.rest = rest;
        this.restAddress = new HostPort(address.host(), rest.port());
    }

    /**
     * Starts a controller; returns once it listens.
     *
     * @throws ControllerException when an option makes no sense, an address is taken or the store cannot be opened
     */
    public static Controller start(ControllerOptions options) {
        HostPort address = HostPort.parse(options.rest());
        List<OpenFlowAddress> listen =
                options.openflow().stream().map(Controller::openFlowAddress).toList();
        Path directory = directory(options.store());
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        Controller controller;
        try {
            controller = start(options, address, listen, directory, parts);
        } catch (RuntimeException e) {
            closeAll(parts);
            throw e;
        }
        LOG.info(
                "controller at version {}, REST on {}, OpenFlow on {}",
                controller.live.current().version(),
                controller.restAddress(),
                controller.openFlowAddresses());
        return controller;
    }

    private static Controller start(
            ControllerOptions options,
            HostPort address,
            List<OpenFlowAddress> listen,
            Path directory,
            Deque<AutoCloseable> parts) {
        StateStore store = H2Store.open(directory);
        parts.push(store);
        EventLog events = new EventLog(System::currentTimeMillis);
        LiveState live = new LiveState(store, new StateEvents(events)::changed);
        HostClocks clocks = new HostClocks(live);
        H2Archive archive = H2Archive.open(directory);
        parts.push(archive);
        HistoryKeeper history = HistoryKeeper.start(archive);
        parts.push(history);
        ControllerMetrics metrics = new ControllerMetrics();
        parts.push(metrics);
        ObjectiveService objectives = objectives(options, live, history, events, metrics, parts);
        Consumer<RequestTrace> exporter = exporter(options, metrics, parts);
        LatencyService latency = new LatencyService(
                live,
                clocks,
                history.history(),
                options.sampleOneIn(),
                trace -> {
                    objectives.count(trace, metrics.requestsEach());
                    metrics.count(trace);
                    exporter.accept(trace);
                },
                (service, startNs, outcome) -> {
                    objectives.count(service, outcome, metrics.requestsEach());
                    metrics.count(service, outcome);
                });
        parts.push(latency);
        metrics.bind(latency);
        OpenFlowServer openFlow = OpenFlowServer.start(live, events, listen);
        parts.push(openFlow);
        List<Route> routes = new ArrayList<>(new NetworkRoutes(live, openFlow).routes());
        routes.addAll(new NodeRoutes(live, events, openFlow, latency, latency.sampling(), clocks).routes());
        routes.addAll(new SlaRoutes(live, latency, new PathProbe(options.probe(), latency)).routes());
        ServiceFigures figures = new ServiceFigures(latency.history(), latency.sampling());
        ServiceConnections connections =
                new ServiceConnections(live, figures, new PublishFailures(events), System::currentTimeMillis);
        routes.addAll(connections.routes());
        routes.addAll(new EventRoutes(events).routes());
        routes.addAll(new FlowRoutes(live, openFlow).routes());
        routes.addAll(new ReportRoutes(live, latency).routes());
        routes.addAll(new CauseRoutes(live, latency.causes()).routes());
        routes.addAll(new CostRoutes(live, latency.costs(), latency.history()).routes());
        routes.addAll(new ObjectiveRoutes(live, objectives).routes());
        routes.addAll(metrics.routes());
        parts.push(Rounds.start("slow-start", new SlowStart(live, System::currentTimeMillis)::look));
        parts.push(Rounds.start("departures", new Departures(live, connections, System::currentTimeMillis)::look));
        RestServer rest = RestServer.start(address, routes);
        parts.push(rest);
        // Nodes that wait for news would hold the REST server open.
        parts.push(live::endWaits);
        parts.push(events::endWaits);
        return new Controller(parts, live, latency, openFlow, rest, address);
    }

    /** Where timed requests go as traces, if anywhere. */
    private static Consumer<RequestTrace> exporter(
            ControllerOptions options, ControllerMetrics metrics, Deque<AutoCloseable> parts) {
        URI url = options.traces();
        if (url == null) {
            return trace -> {};
        }
        TraceExporter exporter = new TraceExporter(url, RETRY_PAUSE_MS);
        parts.push(exporter);
        metrics.bind(exporter);
        return exporter::export;
    }

    /** Objectives whose alerts become events, and go to the webhook if there is one. */
    private static ObjectiveService objectives(
            ControllerOptions options,
            LiveState live,
            HistoryKeeper history,
            EventLog events,
            ControllerMetrics metrics,
            Deque<AutoCloseable> parts) {
        List<AlertSink> sinks = new ArrayList<>();
        sinks.add((status, alert) -> events.add(
                alert.firing() ? Event.Level.BAD : Event.Level.INFO,
                alert.firing() ? "budget-burns" : "budget-cooled",
                status.objective().service(),
                AlertWebhook.text(status, alert)));
        URI url = options.alertWebhook();
        if (url != null) {
            AlertWebhook webhook = new AlertWebhook(url, "http://" + options.rest() + "/", RETRY_PAUSE_MS);
            parts.push(webhook);
            metrics.bind(webhook);
            sinks.add(webhook);
        }
        ObjectiveService objectives = new ObjectiveService(
                live,
                history.history(),
                (status, alert) -> sinks.forEach(sink -> sink.changed(status, alert)),
                System::currentTimeMillis);
        parts.push(objectives);
        metrics.bind(history);
        metrics.bind(objectives);
        objectives.start();
        return objectives;
    }

    private static OpenFlowAddress openFlowAddress(String text) {
        try {
            return OpenFlowAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ControllerException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Path directory(String store) {
        if (!store.startsWith(EMBEDDED) || store.length() == EMBEDDED.length()) {
            throw new ControllerException("not a store this controller knows: '" + store + "' (embedded:DIR)");
        }
        return Path.of(store.substring(EMBEDDED.length()));
    }

    /** Where REST listens, {@code 127.0.0.1:8080}; the chosen port when 0 was asked for. */
    public String restAddress() {
        return restAddress.toString();
    }

    /** Where OpenFlow listens, in the order of the options. */
    public List<SocketAddress> openFlowAddresses() {
        return openFlow.addresses();
    }

    /** Version of the state, for tests and logs; what it holds is on {@code /api/v1/state}. */
    public long version() {
        return live.current().version();
    }

    RestServer rest() {
        return rest;
    }

    OpenFlowServer openFlow() {
        return openFlow;
    }

    LiveState live() {
        return live;
    }

    LatencyService latency() {
        return latency;
    }

    /** Stops everything, newest first; the switches keep their flows. */
    @Override
    public void close() {
        closeAll(parts);
    }

    private static void closeAll(Deque<AutoCloseable> parts) {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.warn("closing failed: {}", e.getMessage());
            }
        }
    }
}
