package io.hopline.bench;

import java.util.Optional;

/** Something that is measured on a rig whose guests are joined. */
interface Measure {
    /** Its name in {@code --measures}. */
    String id();

    /** When it is made. */
    default When when() {
        return When.EACH_ROUND;
    }

    /** Whether it means anything for a system. */
    default boolean suits(Contender contender) {
        return true;
    }

    /** Name of the system that a measure is adjusted by before the first round, where it is; the first it suits, without that one. */
    default Optional<String> calibratedOn() {
        return Optional.empty();
    }

    /** Adjusts the measure; called once, if {@link #calibratedOn} asks for it. */
    default void calibrate(Stage stage) throws Exception {}

    /** In each round, or once behind all of them. */
    enum When {
        EACH_ROUND,
        AT_THE_END
    }

    /** Measures once, its own warm-up apart, and notes the figures. */
    void run(Stage stage) throws Exception;
}
