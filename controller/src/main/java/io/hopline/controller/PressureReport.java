package io.hopline.controller;

import io.hopline.sla.HostPressure;
import io.hopline.sla.SampleCounts;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A node's report of what pressed its host, from JSON. */
final class PressureReport {
    private static final int MAX_LIST = 64;
    private static final int MAX_NAME_CHARS = 64;
    private static final long MAX = Long.MAX_VALUE / 4;

    private PressureReport() {}

    static HostPressure read(JsonBody body) {
        long fromMs = body.number("fromMs", 0, MAX);
        return new HostPressure(
                fromMs,
                body.number("toMs", fromMs, MAX),
                body.integer("cpus", 1, 65_536, 1),
                body.number("stealNs", 0, MAX),
                body.number("gcPauses", 0, MAX),
                body.number("gcPauseNs", 0, MAX),
                list(body, "workers").stream()
                        .map(node -> worker(body.element("workers", node)))
                        .toList(),
                list(body, "ports").stream()
                        .map(node -> port(body.element("ports", node)))
                        .toList(),
                body.optionalObject("samples").map(PressureReport::samples).orElse(SampleCounts.NONE));
    }

    private static SampleCounts samples(JsonBody body) {
        return new SampleCounts(
                body.number("arrived", 0, MAX),
                body.number("turnFull", 0, MAX),
                body.number("stampsFull", 0, MAX),
                body.number("ringFull", 0, MAX),
                body.number("notSent", 0, MAX),
                body.number("gaveUp", 0, MAX));
    }

    private static List<JsonNode> list(JsonBody body, String field) {
        List<JsonNode> list = body.list(field);
        if (list.size() > MAX_LIST) {
            throw StateException.invalid(field, "has " + list.size() + " elements, of " + MAX_LIST + " at most");
        }
        return list;
    }

    private static HostPressure.Worker worker(JsonBody body) {
        return new HostPressure.Worker(
                Fields.name("workers.name", body.text("name"), MAX_NAME_CHARS),
                body.number("runNs", 0, MAX),
                body.number("runQueueNs", 0, MAX),
                body.number("preempted", 0, MAX));
    }

    private static HostPressure.PortQueue port(JsonBody body) {
        return new HostPressure.PortQueue(
                Fields.name("ports.name", body.text("name"), MAX_NAME_CHARS),
                Fields.name("ports.kind", body.text("kind"), MAX_NAME_CHARS),
                body.number("queueFull", 0, MAX),
                body.number("poolEmpty", 0, MAX),
                body.number("lostBefore", 0, MAX),
                body.number("lostAfter", 0, MAX),
                body.number("receiveQueueBytes", 0, MAX),
                body.number("sendQueueBytes", 0, MAX));
    }
}
