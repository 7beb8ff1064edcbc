package io.hopline.bench;

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

    /** In each round, or once behind all of them. */
    enum When {
        EACH_ROUND,
        AT_THE_END
    }

    /** Measures once, its own warm-up apart, and notes the figures. */
    void run(Stage stage) throws Exception;
}
