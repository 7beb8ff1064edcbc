package io.hopline.lb.health;

/**
 * What is known about a backend.
 *
 * @param healthy the verdict
 * @param detail what the last probe saw
 * @param probes probes finished since the check was added
 */
public record BackendHealth(HealthCheck check, boolean healthy, String detail, long probes) {}
