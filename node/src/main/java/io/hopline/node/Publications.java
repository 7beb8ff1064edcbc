package io.hopline.node;

import io.hopline.lb.proxy.HttpProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where L7 services are to be had on the host beside their VIPs. What cannot be had there, because another program listens
 * already or the address is not the host's, is tried again every {@link #PERIOD_MS}; meanwhile the service is served inside
 * its network all the same. Any thread.
 */
final class Publications implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publications.class);
    static final int PERIOD_MS = 2_000;

    private final Executor place;
    private final Map<String, Wanted> missing = new HashMap<>();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("publications").unstarted(this::run);

    private record Wanted(HttpProxy proxy, List<InetSocketAddress> addresses, String why) {}

    /** @param place runs what opens sockets, in the host's network namespace */
    Publications(Executor place) {
        this.place = place;
        thread.start();
    }

    /** Serves at these addresses, too, and at no others of the host. */
    synchronized void publish(String service, HttpProxy proxy, List<InetSocketAddress> addresses) {
        Wanted before = missing.remove(service);
        try {
            proxy.publish(addresses, place);
            if (before != null) {
                LOG.info("service {} is published after all", service);
            }
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            missing.put(service, new Wanted(proxy, addresses, why));
            if (before == null || !before.why().equals(why)) {
                LOG.error("service {} is not published, which is tried again: {}", service, why);
            }
        }
    }

    /** The service's proxy is about to end. */
    synchronized void forget(String service) {
        missing.remove(service);
    }

    /** Services that are not published everywhere they should be, and why. */
    synchronized Map<String, String> missing() {
        Map<String, String> reasons = new TreeMap<>();
        missing.forEach((service, wanted) -> reasons.put(service, wanted.why()));
        return reasons;
    }

    private synchronized void again() {
        Map.copyOf(missing).forEach((service, wanted) -> publish(service, wanted.proxy(), wanted.addresses()));
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PERIOD_MS);
                again();
            }
        } catch (InterruptedException e) {
            LOG.debug("stopped");
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
