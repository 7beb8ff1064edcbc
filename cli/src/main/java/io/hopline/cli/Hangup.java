package io.hopline.cli;

import sun.misc.Signal;

/** SIGHUP, by which log rotation tells a daemon to open its files anew; without this it would end the JVM. */
final class Hangup {
    private Hangup() {}

    /** From now on the signal runs this, on a thread of the JVM's own. */
    static void runs(Runnable action) {
        Signal.handle(new Signal("HUP"), signal -> action.run());
    }
}
