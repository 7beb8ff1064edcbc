package io.hopline.lb.proxy;

import java.net.InetSocketAddress;

/**
 * Where one proxied request's time went inside the proxy. Times are nanoseconds of the clock given to the proxy. They
 * ascend in the order below, except that a long body may still be read and written while later phases have begun.
 *
 * @param service name of the service
 * @param client the client's end of the front connection
 * @param asked our end of it: the virtual address, or where the service is published
 * @param backendLocal the proxy's end of the backend connection
 * @param backend the backend's end of it
 * @param status status code of the answer
 * @param firstByteNs the decoder got the request's first byte
 * @param requestReadNs it got the last one
 * @param routedNs a backend was chosen
 * @param connectingNs a connection of the pool was free, or a new one began to be opened
 * @param connectedNs a connection to it was at hand, from the pool or a new one
 * @param requestWrittenNs the request's last byte was handed to the kernel
 * @param responseFirstByteNs the answer's first byte arrived
 * @param responseWrittenNs its last byte was handed to the kernel
 */
public record RequestPhases(
        String service,
        InetSocketAddress client,
        InetSocketAddress asked,
        InetSocketAddress backendLocal,
        InetSocketAddress backend,
        int status,
        long firstByteNs,
        long requestReadNs,
        long routedNs,
        long connectingNs,
        long connectedNs,
        long requestWrittenNs,
        long responseFirstByteNs,
        long responseWrittenNs) {}
