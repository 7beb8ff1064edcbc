package io.hopline.lb;

/** Told about every request that was passed to a backend and answered, on the event loop; it must not block. */
@FunctionalInterface
public interface PhaseListener {
    void requestDone(RequestPhases phases);
}
