package io.hopline.vswitch;

import io.hopline.packet.IpAddress;

/**
 * How many connections were given to one server: translated to it, or marked for it.
 *
 * @param zone of connection tracking
 * @param protocol number of the IP protocol
 * @param address that clients send to
 * @param server that it was translated to; the address itself when it was not
 * @param mark the connections' mark when they were not translated, else 0
 * @param open how many are neither closed nor closing on both sides
 * @param begun how many there were since the switch started
 */
public record ConnectionCount(
        int zone,
        int protocol,
        IpAddress address,
        int port,
        IpAddress server,
        int serverPort,
        int mark,
        long open,
        long begun) {}
