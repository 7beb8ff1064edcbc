package io.hopline.vswitch;

/** A SELECT group's choice: immutable, called by the worker thread for the first packet of a connection or flow. */
@FunctionalInterface
public interface BucketSelector {
    /**
     * @param flowHash hash of the packet's addresses, protocol and ports; equal for all packets of one direction
     * @return index of a bucket, or -1 when there is none to choose
     */
    int select(int flowHash);
}
