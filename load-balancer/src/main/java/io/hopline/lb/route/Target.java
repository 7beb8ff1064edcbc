package io.hopline.lb.route;

/** A backend as one route sees it, on one event loop: what is known of it, and its share of this route. */
public final class Target {
    private final BackendLoad load;
    private final int weight;
    /** What {@link SmoothRoundRobin} owes it. */
    long credit;

    public Target(BackendLoad load, int weight) {
        this.load = load;
        this.weight = weight;
    }

    public BackendLoad load() {
        return load;
    }

    int weight() {
        return weight;
    }

    /** Its share now, less while it starts; comparable within the route. */
    long share(long nowNs) {
        return (long) weight * load.ramp(nowNs);
    }
}
