package io.hopline.openflow;

/** Counters of one table (OpenFlow 1.3.5 section 7.3.5.4). */
public record TableStats(int tableId, int activeCount, long lookups, long matched) {}
