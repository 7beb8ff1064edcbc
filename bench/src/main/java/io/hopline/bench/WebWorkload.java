package io.hopline.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** HTTP from a client to two servers through a balancer. */
final class WebWorkload implements Workload {
    @Override
    public int guests() {
        return 3;
    }

    @Override
    public List<String> programs() {
        return List.of("ip", "ss", "nsenter", "ethtool", "wrk", "h2load", "nginx", "openssl");
    }

    @Override
    public List<String> packages() {
        return List.of("iproute2", "util-linux", "ethtool", "wrk", "nghttp2-client", "nginx-light", "openssl");
    }

    @Override
    public Map<String, String> facts() {
        var facts = new LinkedHashMap<String, String>();
        facts.put("HAProxy", Machine.firstLine("haproxy", "-v"));
        facts.put("nginx", Machine.firstLine("nginx", "-v"));
        facts.put("nftables", Machine.firstLine("nft", "--version"));
        facts.put("Open vSwitch", Machine.firstLine("ovs-vswitchd", "--version"));
        facts.put(
                "load",
                "wrk -t1 -c32 for a page of 1 KB, with Connection: close for new connections; wrk -t1 -c4 for bodies of 16 MB; "
                        + "h2load -t1 -c4 -m8; TLS 1.3 by wrk, which resumes sessions, and by h2load, which does not, ECDSA P-256; latency by a sender with planned times on 32 connections, from the planned time on; "
                        + "each guest an nginx with one worker");
        return facts;
    }

    @Override
    public List<Measure> measures(boolean quick) {
        return List.of(
                WebRate.requests(),
                WebRate.connections(),
                WebRate.stream(),
                new LatencyAtLoad(),
                new Http2Rate(),
                WebRate.tlsRequests(),
                WebRate.tlsConnections(),
                new TlsHandshakes(),
                new IdleConnections(quick));
    }

    @Override
    public Load start(Rig rig) throws Exception {
        WebServers.start(rig);
        for (Rig.Guest guest : rig.guests()) {
            manyConnections(guest.netns());
        }
        return WebLoad.start(rig);
    }

    /** Lets a namespace open thousands of connections a second. */
    static void manyConnections(String netns) {
        Rig.shellIn(
                netns,
                "cd /proc/sys/net/ipv4 && echo 1024 65535 >ip_local_port_range && echo 1 >tcp_tw_reuse"
                        + " && echo 4096 >tcp_max_syn_backlog");
    }
}
