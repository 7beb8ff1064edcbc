package io.hopline.bench;

import java.util.List;
import java.util.stream.Stream;

/**
 * Where a proxy stands between the guests.
 *
 * @param netns namespace with {@link Frontage#VIP} as its own address
 * @param pids processes that carry frames between the proxy and the guests; none where the kernel does
 */
record ProxyHost(String netns, List<Long> pids) {
    /** These processes and the proxy's own. */
    List<Long> with(long proxy) {
        return Stream.concat(pids.stream(), Stream.of(proxy)).toList();
    }
}
