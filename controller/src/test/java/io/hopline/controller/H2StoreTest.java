package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
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

    /** As a controller wrote it that knew TCP only. */
    @Test
    void aServiceOfAnOlderControllerIsRead() throws SQLException {
        NetworkState state = States.twoHosts();
        try (H2Store store = H2Store.open(directory)) {
            store.save(NetworkState.EMPTY, state);
        }
        String old = "{\"name\":\"web\",\"id\":1,\"network\":\"blue\",\"vip\":\"10.0.1.100:80\",\"mode\":\"l4\","
                + "\"backends\":[{\"vnic\":\"web1\",\"port\":80,\"weight\":1,\"draining\":false},"
                + "{\"vnic\":\"web2\",\"port\":80,\"weight\":1,\"draining\":false}],\"check\":{\"kind\":\"http\","
                + "\"path\":\"/\",\"intervalMs\":1000,\"timeoutMs\":500,\"rise\":2,\"fall\":3},\"routes\":[]}";
        try (Connection connection = DriverManager.getConnection(url(directory), "hopline", "");
                PreparedStatement row =
                        connection.prepareStatement("UPDATE object SET body = ? WHERE kind = 'SERVICE'")) {
            row.setString(1, old);
            assertThat(row.executeUpdate()).isEqualTo(1);
        }
        try (H2Store store = H2Store.open(directory)) {
            assertThat(store.load()).isEqualTo(state);
        }
    }

    /**
     * A copy of the file is what a controller that was killed leaves behind. H2 2.5.252 passes until old versions' space is used
     * again, which is after 45 seconds unless told otherwise; from then on its copies open at versions long past.
     */
    @Test
    void whatWasSavedIsThereAfterACrash(@TempDir Path crashed) throws Exception {
        NetworkState saved = NetworkState.EMPTY;
        try (H2Store store = H2Store.open(directory);
                Connection beside = DriverManager.getConnection(url(directory), "hopline", "");
                Statement retention = beside.createStatement()) {
            retention.execute("SET RETENTION_TIME 100");
            for (int i = 0; i < 100; i++) {
                NetworkState next = Changes.createNetwork(
                        saved, "n" + i, Subnet.parse("10." + i + ".0.0/24"), Optional.empty(), Optional.empty(), true);
                store.save(saved, next);
                saved = next;
                if (i % 5 == 0) {
                    Files.copy(
                            directory.resolve("hopline.mv.db"),
                            crashed.resolve("hopline.mv.db"),
                            StandardCopyOption.REPLACE_EXISTING);
                    try (H2Store after = H2Store.open(crashed)) {
                        assertThat(after.load()).isEqualTo(saved);
                    }
                }
            }
        }
    }

    private static String url(Path store) {
        return "jdbc:h2:file:" + store.toAbsolutePath().resolve("hopline");
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
