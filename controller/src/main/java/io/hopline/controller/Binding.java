package io.hopline.controller;

/**
 * Where a port name was seen: a vNIC's name binds the vNIC to that host.
 *
 * @param node the host's name
 * @param port the switch's OpenFlow port number
 */
public record Binding(String node, int port) {}
