package io.hopline.lb.counters;

/**
 * What a proxy has done since it started.
 *
 * @param clients client connections open now
 * @param requests requests begun
 * @param refused of these, the ones that broke a rule of HTTP (4xx from the proxy itself, 404 not counted)
 * @param answered2xx answers of the class 2xx, from backends and from the proxy alike; so the next ones
 * @param answered3xx answers 3xx
 * @param answered4xx answers 4xx
 * @param answered5xx answers 5xx
 * @param cut answers that began and could not be finished
 * @param retries requests that went to another connection because nothing had been sent on the first, or nothing came back
 * @param backendConnects connections to backends that were tried
 * @param logDrops lines of the access log that were not written
 */
public record ProxyCounters(
        int clients,
        long requests,
        long refused,
        long answered2xx,
        long answered3xx,
        long answered4xx,
        long answered5xx,
        long cut,
        long retries,
        long backendConnects,
        long logDrops) {}
