package io.hopline.bench;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A system that is measured: what joins the two guests of a rig. */
interface Contender {
    /** Its name in options and reports. */
    String id();

    /** How it is set up and tuned, for the report. */
    String tuning();

    /** Programs that must be installed. */
    List<String> programs();

    /** Debian packages that have them. */
    List<String> packages();

    /** True when the kernel switches, and no process of its own. */
    default boolean inKernel() {
        return false;
    }

    /** True when a JVM runs it, which gets faster while it works. */
    default boolean compilesItself() {
        return false;
    }

    /** True when {@link Joined#morePorts} will be there. */
    default boolean takesMorePorts() {
        return false;
    }

    /** Names of the only measures it is put to; empty for all. */
    default Set<String> onlyMeasures() {
        return Set.of();
    }

    /** True for one of several settings of a system, which is measured when it is asked for. */
    default boolean isVariant() {
        return !onlyMeasures().isEmpty();
    }

    /** The system whose ratio over this one is shown; empty for the first of the bench. */
    default Optional<String> comparedWith() {
        return Optional.empty();
    }

    /** Starts it and plugs the guests in; what it starts ends with the rig. */
    Joined start(Rig rig) throws Exception;

    /** A system in place. */
    interface Joined {
        /** Processes that switch; empty when the kernel does. */
        List<Long> pids();

        /** Its Prometheus endpoints, empty when it has none. */
        default List<MetricsPage> metrics() {
            return List.of();
        }

        /** A way to plug in more guests, empty when it has none. */
        default Optional<MorePorts> morePorts() {
            return Optional.empty();
        }
    }

    /** Plugs idle guests in. */
    interface MorePorts {
        /** Plugs guests with the numbers {@code from} to {@code to - 1} into the namespace. */
        void plug(String netns, int from, int to) throws Exception;
    }
}
