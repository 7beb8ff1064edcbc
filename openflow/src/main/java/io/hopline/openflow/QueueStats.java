package io.hopline.openflow;

/** Counters of one queue (OpenFlow 1.3.5 section 7.3.5.8). */
public record QueueStats(int port, int queueId, long txBytes, long txPackets, long txErrors, long durationNs) {}
