package io.hopline.lb.health;

/** Told about every change of a backend's health, on the checker's thread; it must not block. */
@FunctionalInterface
public interface HealthListener {
    /**
     * The first verdict on a backend, or a change of it.
     *
     * @param detail what the last probe saw, for people: {@code HTTP 200}, {@code connection refused}
     */
    void healthChanged(HealthCheck check, boolean healthy, String detail);
}
