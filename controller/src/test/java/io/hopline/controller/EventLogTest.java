package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private final EventLog log = new EventLog(() -> 1_795_000_000_000L);
    private final StateEvents events = new StateEvents(log);

    private List<String> kinds() {
        return log.after(0, EventLog.CAPACITY).stream().map(Event::kind).toList();
    }

    @Test
    void keepsTheNewestAndCountsOn() {
        for (int i = 1; i <= EventLog.CAPACITY + 10; i++) {
            log.add(Event.Level.INFO, "test", "x", "event " + i);
        }
        List<Event> kept = log.after(0, Integer.MAX_VALUE);
        assertThat(kept).hasSize(EventLog.CAPACITY);
        assertThat(kept.getFirst().seq()).isEqualTo(11);
        assertThat(kept.getLast().text()).isEqualTo("event " + (EventLog.CAPACITY + 10));
        assertThat(log.after(log.last() - 2, 10)).extracting(Event::seq).containsExactly(log.last() - 1, log.last());
        assertThat(log.after(0, 1)).extracting(Event::seq).containsExactly(11L);
    }

    @Test
    void whoWaitsGoesOnWithTheNextEventAndAtTheEnd() {
        CompletableFuture<Void> waiting = waitBehind(0);
        log.add(Event.Level.WARN, "test", "x", "now");
        await().until(waiting::isDone);
        CompletableFuture<Void> last = waitBehind(1);
        log.endWaits();
        await().until(last::isDone);
    }

    private CompletableFuture<Void> waitBehind(long seq) {
        return CompletableFuture.runAsync(() -> {
            try {
                log.await(seq, TimeUnit.MINUTES.toNanos(5));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void tellsWhatIsNewAndWhatIsGone() {
        events.changed(NetworkState.EMPTY, States.blue());
        events.changed(States.blue(), States.guests());
        assertThat(kinds()).containsExactly("network-created", "vnic-created", "vnic-created", "vnic-created");
        events.changed(States.guests(), Changes.deleteVnic(States.guests(), "client"));
        assertThat(kinds()).endsWith("vnic-deleted");
        assertThat(log.after(log.last() - 1, 1).getFirst().subject()).isEqualTo("client");
    }

    @Test
    void tellsOfGuestsThatComeAndGo() {
        NetworkState attached = States.twoHosts();
        NetworkState detached = Changes.observePorts(attached, "b", new TreeMap<>());
        events.changed(attached, detached);
        assertThat(kinds()).containsExactly("vnic-detached", "backend-down");
        events.changed(detached, attached);
        assertThat(kinds()).endsWith("vnic-attached", "backend-unknown");
        assertThat(log.after(2, 1).getFirst().text()).contains("web2", "host b, port 2");
    }

    @Test
    void tellsOfBackendsThatFailAndComeBackAndOfNothingElse() {
        NetworkState up = Changes.observeHealth(States.twoHosts(), new Health("web", "web1", true, "HTTP 200"));
        NetworkState down = Changes.observeHealth(up, new Health("web", "web1", false, "connection refused"));
        events.changed(up, down);
        assertThat(log.after(0, 10)).singleElement().satisfies(event -> {
            assertThat(event.level()).isEqualTo(Event.Level.BAD);
            assertThat(event.kind()).isEqualTo("backend-down");
            assertThat(event.text()).contains("web/web1", "unhealthy", "connection refused");
        });
        events.changed(down, Changes.observeHealth(down, new Health("web", "web1", false, "HTTP 500")));
        assertThat(log.last()).isEqualTo(1);
        events.changed(down, up);
        assertThat(kinds()).containsExactly("backend-down", "backend-up");
        events.changed(up, Changes.createVnic(up, "another", "blue", Optional.empty()));
        assertThat(kinds()).endsWith("vnic-created");
    }
}
