package io.hopline.openflow;

/** Adds a message to a bundle: ONF extension 230. The inner message has the outer one's transaction id. */
public record BundleAdd(int bundleId, int flags, OpenFlowMessage message) implements OpenFlowMessage {}
