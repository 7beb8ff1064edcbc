package io.hopline.openflow;

/** A message of OpenFlow 1.3.5 without its header; the transaction id travels beside it. */
public sealed interface OpenFlowMessage permits FlowMod, FlowRemoved, GroupMod, PacketIn, PacketOut, PortStatus {}
