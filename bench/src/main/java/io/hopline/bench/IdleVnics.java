package io.hopline.bench;

import java.io.IOException;
import java.util.List;

/** Memory of a node of its own for vNICs on which nothing happens. */
final class IdleVnics {
    /** What the first ones need is code and buffers that are there but once. */
    private static final int FIRST = 8;

    private static final int MTU = 1500;
    private static final long SETTLE_MS = 1500;
    /** Lowest OpenFlow number; a node gives its tunnel 1. */
    private static final int FIRST_PORT = 2;

    private IdleVnics() {}

    /** KiB of resident memory that a further vNIC of this kind takes; the kernel's own memory for it is not in it. */
    static double kib(Rig rig, GuestKind kind, int count) throws IOException, InterruptedException {
        String netns = rig.namespace("idle");
        HoplineNode node = HoplineNode.start(rig, "idle", List.of("--netns=" + netns));
        plug(node, kind, netns, FIRST_PORT, FIRST_PORT + FIRST);
        Thread.sleep(SETTLE_MS);
        double before = ResidentMemory.residentKib(List.of(node.pid()));
        plug(node, kind, netns, FIRST_PORT + FIRST, FIRST_PORT + FIRST + count);
        Thread.sleep(SETTLE_MS);
        return (ResidentMemory.residentKib(List.of(node.pid())) - before) / count;
    }

    private static void plug(HoplineNode node, GuestKind kind, String netns, int from, int to) {
        if (kind.nic().isEmpty()) {
            node.plug(netns, from, to);
            return;
        }
        for (int number = from; number < to; number++) {
            node.plugTap("vnic" + number, "tap" + number, MTU);
        }
    }
}
