package io.hopline.node;

import io.hopline.sla.Endpoint;
import io.hopline.sla.Sighting;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts what the kernel tells of single steps together to a server's turns: TCP took a request's segment, the server read it,
 * the server wrote its answer.
 *
 * <p>In: steps in order of time, each with the socket's address in the kernel. Out: {@link Sighting.ServerTurn}. The first
 * write after a read ends a turn; of several reads before it the last counts, for only then the server had all. Keeps at most
 * {@value #MAX_SOCKETS} sockets and {@value #MAX_THREADS} writing threads, the oldest go first.
 */
final class ServerTurns {
    static final int MAX_SOCKETS = 4096;
    static final int MAX_THREADS = 1024;

    private final Consumer<Sighting.ServerTurn> turns;
    private final Map<Long, Socket> sockets = bounded(MAX_SOCKETS);
    /** When a thread began the write that it is in; the kernel says only at its end which socket it was for. */
    private final Map<Integer, Long> writing = new HashMap<>();

    private static final Endpoint NOBODY = Endpoint.of(0, 0);

    private static final class Socket {
        Endpoint client = NOBODY;
        Endpoint service = NOBODY;
        long segmentNs;
        long takenNs;
        long readNs;
    }

    ServerTurns(Consumer<Sighting.ServerTurn> turns) {
        this.turns = turns;
    }

    private static <K, V> Map<K, V> bounded(int most) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    /** TCP took a segment with data. */
    void took(long socket, long ns) {
        sockets.computeIfAbsent(socket, fresh -> new Socket()).segmentNs = ns;
    }

    /** A read of the server's has data. */
    void read(long socket, Endpoint client, Endpoint service, long ns) {
        Socket at = sockets.get(socket);
        if (at == null || at.segmentNs == 0) {
            return;
        }
        at.client = client;
        at.service = service;
        at.takenNs = at.segmentNs;
        at.readNs = ns;
    }

    /** A thread goes about writing, or goes on. */
    void writes(int thread, long ns) {
        if (writing.size() >= MAX_THREADS) {
            writing.clear();
        }
        writing.putIfAbsent(thread, ns);
    }

    /** A thread's write to a socket is done. */
    void wrote(int thread, long socket) {
        @Nullable Long beganNs = writing.remove(thread);
        Socket at = sockets.get(socket);
        if (beganNs == null || at == null || at.readNs == 0 || at.readNs > beganNs) {
            return;
        }
        turns.accept(new Sighting.ServerTurn(at.client, at.service, at.takenNs, at.readNs, beganNs));
        at.readNs = 0;
    }
}
