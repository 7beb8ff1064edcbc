package io.hopline.lb.proxy;

import java.net.InetSocketAddress;

/**
 * A request that the proxy answered itself, such as by a redirect or for want of a backend.
 *
 * @param service name of the service
 * @param client the client's end of the front connection
 * @param asked our end of it: the virtual address, or where the service is published
 * @param backendAsked a backend was waited for before, in vain
 * @param status status code of the answer
 * @param firstByteNs the decoder got the request's first byte, nanoseconds of the clock given to the proxy
 * @param answeredNs the answer was about to be written
 */
public record OwnAnswer(
        String service,
        InetSocketAddress client,
        InetSocketAddress asked,
        boolean backendAsked,
        int status,
        long firstByteNs,
        long answeredNs) {}
