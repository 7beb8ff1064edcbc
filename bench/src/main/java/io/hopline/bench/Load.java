package io.hopline.bench;

/** A load in place; it ends with its rig. */
interface Load {
    /** Has the system compile, cache and learn what it will. */
    void warmUp(Rig rig, Stage.Pace pace) throws Exception;

    /** The load of frames, where that is what a bench runs. */
    default UdpLoad udp() {
        throw new IllegalStateException("this bench sends no datagrams");
    }

    /** The load of HTTP requests, where that is what a bench runs. */
    default WebLoad web() {
        throw new IllegalStateException("this bench sends no requests");
    }
}
