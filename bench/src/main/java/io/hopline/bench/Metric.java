package io.hopline.bench;

/** A figure that a measure yields. */
enum Metric {
    TCP_1("tcp1", "TCP throughput, 1 stream", "Gb/s", Better.HIGHER),
    TCP_1_RETRANSMITS("tcp1-retransmits", "TCP retransmits, 1 stream", "segments", Better.LOWER),
    TCP_4("tcp4", "TCP throughput, 4 streams", "Gb/s", Better.HIGHER),
    TCP_4_RETRANSMITS("tcp4-retransmits", "TCP retransmits, 4 streams", "segments", Better.LOWER),
    TCP_32("tcp32", "TCP throughput, 32 streams", "Gb/s", Better.HIGHER),
    TCP_32_RETRANSMITS("tcp32-retransmits", "TCP retransmits, 32 streams", "segments", Better.LOWER),
    CPU_PER_GBIT("cpu-per-gbit", "Switch CPU per Gbit of TCP, 1 stream", "CPU s", Better.LOWER),
    UDP_64_FLOOD("udp64-flood", "UDP 64 B frames, flood, received", "kpps", Better.HIGHER),
    UDP_64("udp64", "UDP 64 B frames, no loss (<= 0.1%)", "kpps", Better.HIGHER),
    UDP_1400("udp1400", "UDP 1400 B, no loss (<= 0.1%)", "kpps", Better.HIGHER),
    RTT_P50("rtt-p50", "TCP request/response 200 B, p50", "us", Better.LOWER),
    RTT_P99("rtt-p99", "TCP request/response 200 B, p99", "us", Better.LOWER),
    RTT_P999("rtt-p999", "TCP request/response 200 B, p99.9", "us", Better.LOWER),
    CPU_PER_MPACKET("cpu-per-mpacket", "Switch CPU per million 64 B packets", "CPU s", Better.LOWER),
    CPU_LOSS("cpu-loss", "Loss while that was measured", "%", Better.LOWER),
    ALLOCATED_PER_PACKET("allocated-per-packet", "Worker's allocation per packet", "bytes", Better.LOWER),
    GC_PAUSES("gc-pauses", "GC pauses while that was measured", "pauses", Better.LOWER),
    RSS_2("rss-2", "Resident memory, 2 vNICs", "MiB", Better.LOWER),
    RSS_10("rss-10", "Resident memory, 10 vNICs", "MiB", Better.LOWER),
    RSS_100("rss-100", "Resident memory, 100 vNICs", "MiB", Better.LOWER),
    RSS_500("rss-500", "Resident memory, 500 vNICs", "MiB", Better.LOWER),
    RSS_PER_VNIC("rss-per-vnic", "Memory per additional vNIC", "KiB", Better.LOWER),
    REQUESTS("rps", "Requests on 32 kept connections", "thousand/s", Better.HIGHER),
    CPU_PER_REQUEST("cpu-per-request", "Balancer CPU per request of those", "us", Better.LOWER),
    CONNECTIONS("cps", "Connections of one request each", "thousand/s", Better.HIGHER),
    CPU_PER_CONNECTION("cpu-per-connection", "Balancer CPU per connection of those", "us", Better.LOWER),
    STREAM("stream", "Bodies of 16 MB, 4 connections", "Gb/s", Better.HIGHER),
    LOAD("latency-load", "Requests at 70% of HAProxy's most, carried", "thousand/s", Better.HIGHER),
    LATENCY_P50("latency-p50", "Latency at that load, p50", "us", Better.LOWER),
    LATENCY_P99("latency-p99", "Latency at that load, p99", "us", Better.LOWER),
    HTTP2_REQUESTS("h2", "HTTP/2 requests, 4 connections of 8 streams", "thousand/s", Better.HIGHER),
    TLS_REQUESTS("tls-rps", "Requests on 32 kept TLS connections", "thousand/s", Better.HIGHER),
    TLS_CONNECTIONS("tls-cps", "TLS connections of one request, sessions resumed", "thousand/s", Better.HIGHER),
    TLS_HANDSHAKES("tls-full", "TLS connections of one request, no session", "thousand/s", Better.HIGHER),
    BALANCER_RSS("rss-balancer", "Resident memory, warm, no connection", "MiB", Better.LOWER),
    RSS_PER_CONNECTION("rss-per-connection", "Memory per idle kept-alive connection", "KiB", Better.LOWER);

    private final String id;
    private final String title;
    private final String unit;
    private final Better better;

    /** Which way is better. */
    enum Better {
        HIGHER,
        LOWER
    }

    Metric(String id, String title, String unit, Better better) {
        this.id = id;
        this.title = title;
        this.unit = unit;
        this.better = better;
    }

    String id() {
        return id;
    }

    String title() {
        return title;
    }

    String unit() {
        return unit;
    }

    Better better() {
        return better;
    }

    /** True for a figure that explains others and is not itself compared. */
    boolean explains() {
        return switch (this) {
            case TCP_1_RETRANSMITS,
                    TCP_4_RETRANSMITS,
                    TCP_32_RETRANSMITS,
                    CPU_LOSS,
                    ALLOCATED_PER_PACKET,
                    GC_PAUSES,
                    LOAD -> true;
            default -> false;
        };
    }

    /** True for a figure of the switch's own processes, which a kernel peer has none of. */
    boolean ofProcesses() {
        return switch (this) {
            case CPU_PER_GBIT,
                    CPU_PER_MPACKET,
                    RSS_2,
                    RSS_10,
                    RSS_100,
                    RSS_500,
                    RSS_PER_VNIC,
                    CPU_PER_REQUEST,
                    CPU_PER_CONNECTION,
                    BALANCER_RSS,
                    RSS_PER_CONNECTION -> true;
            default -> false;
        };
    }
}
