package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2StoreTest {
    @TempDir
    Path directory;

    @Test
    void aNewStoreIsEmpty() {
        try (H2Store store = H2Store.open(directory)) {
            assertThat(store.load()).isEqualTo(NetworkState.EMPTY);
        }
    }

    @Test
    void theStateSurvivesARestartWhole() {
        NetworkState state =
                Changes.observeHealth(States.twoHosts(), new Health("web", "web2", false, "connection refused"));
        state = Changes.drain(state, "web", "web1", true);
        try (H2Store store = H2Store.open(directory)) {
            store.save(NetworkState.EMPTY, state);
        }
        try (H2Store store = H2Store.open(directory)) {
            assertThat(store.load()).isEqualTo(state);
        }
    }

    @Test
    void deletedObjectsStayDeleted() {
        NetworkState state = States.twoHosts();
        NetworkState after = Changes.deleteVnic(state, "client");
        try (H2Store store = H2Store.open(directory)) {
            store.save(NetworkState.EMPTY, state);
            store.save(state, after);
        }
        try (H2Store store = H2Store.open(directory)) {
            assertThat(store.load()).isEqualTo(after);
        }
    }

    @Test
    void aStoreHasOneControllerAtATime() throws IOException {
        H2Store.open(directory).close();
        // Another process's lock, as far as H2 can tell.
        try (FileChannel file = FileChannel.open(directory.resolve("hopline.mv.db"), StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatThrownBy(() -> H2Store.open(directory))
                    .isInstanceOf(ControllerException.class)
                    .hasMessage("store " + directory + " is in use by another controller");
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsRefused() throws IOException {
        Files.writeString(directory.resolve("hopline.mv.db"), "this is not a database");
        assertThatThrownBy(() -> H2Store.open(directory))
                .isInstanceOf(ControllerException.class)
                .hasMessageContaining("cannot be opened");
    }
}
