package io.hopline.controller;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.h2.api.ErrorCode;
import org.h2.jdbcx.JdbcDataSource;

/**
 * The embedded store: an H2 database in one file, {@code hopline.mv.db} of a directory. Version and changed rows are
 * written in one transaction, which is on disk when {@link #save} returns. Not thread-safe; {@link LiveState} calls it
 * under its lock.
 */
final class H2Store implements StateStore {
    private static final int SCHEMA = 1;

    private final Path directory;
    private final Connection connection;

    private H2Store(Path directory, Connection connection) {
        this.directory = directory;
        this.connection = connection;
    }

    /** @throws ControllerException when the directory cannot be used or another controller has it open */
    static H2Store open(Path directory) {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(
                "jdbc:h2:file:" + directory.toAbsolutePath().resolve("hopline") + ";WRITE_DELAY=0;TRACE_LEVEL_FILE=0");
        source.setUser("hopline");
        source.setPassword("");
        try {
            Files.createDirectories(directory);
            Connection connection = source.getConnection();
            H2Store store = new H2Store(directory, connection);
            try {
                store.createSchema();
                connection.setAutoCommit(false);
                return store;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ControllerException("store directory " + directory + " cannot be created: " + e.getMessage(), e);
        } catch (SQLException e) {
            throw new ControllerException(
                    e.getErrorCode() == ErrorCode.DATABASE_ALREADY_OPEN_1
                            ? "store " + directory + " is in use by another controller"
                            : "store " + directory + " cannot be opened: " + e.getMessage(),
                    e);
        }
    }

    private void createSchema() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS meta(schema_number INT NOT NULL, version BIGINT NOT NULL)");
            statement.execute("CREATE TABLE IF NOT EXISTS object(kind VARCHAR(16), name VARCHAR(256),"
                    + " body VARCHAR(1048576) NOT NULL, PRIMARY KEY(kind, name))");
            statement.execute("INSERT INTO meta SELECT " + SCHEMA + ", 0 WHERE NOT EXISTS(SELECT * FROM meta)");
            try (ResultSet meta = statement.executeQuery("SELECT schema_number FROM meta")) {
                meta.next();
                if (meta.getInt(1) != SCHEMA) {
                    throw new ControllerException("store " + directory + " has layout " + meta.getInt(1)
                            + ", this controller reads layout " + SCHEMA);
                }
            }
        }
    }

    @Override
    public NetworkState load() {
        try (Statement statement = connection.createStatement();
                ResultSet meta = statement.executeQuery("SELECT version FROM meta")) {
            meta.next();
            long version = meta.getLong(1);
            SortedMap<StateRows.Key, String> rows = new TreeMap<>();
            try (ResultSet objects = statement.executeQuery("SELECT kind, name, body FROM object")) {
                while (objects.next()) {
                    StateRows.Kind kind = StateRows.Kind.valueOf(objects.getString(1));
                    rows.put(new StateRows.Key(kind, objects.getString(2)), objects.getString(3));
                }
            }
            connection.commit();
            return StateRows.state(version, rows);
        } catch (SQLException | IllegalArgumentException | StateException e) {
            throw new ControllerException("store " + directory + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void save(NetworkState before, NetworkState after) {
        try {
            write(StateRows.changes(before, after), after.version());
            connection.commit();
        } catch (SQLException e) {
            rollback(e);
            throw StateException.unavailable("store", "the change could not be written: " + e.getMessage());
        }
    }

    private void write(SortedMap<StateRows.Key, Optional<String>> rows, long version) throws SQLException {
        try (PreparedStatement merge =
                        connection.prepareStatement("MERGE INTO object(kind, name, body) VALUES(?, ?, ?)");
                PreparedStatement delete =
                        connection.prepareStatement("DELETE FROM object WHERE kind = ? AND name = ?");
                PreparedStatement meta = connection.prepareStatement("UPDATE meta SET version = ?")) {
            for (var row : rows.entrySet()) {
                PreparedStatement statement = row.getValue().isPresent() ? merge : delete;
                statement.setString(1, row.getKey().kind().name());
                statement.setString(2, row.getKey().name());
                if (row.getValue().isPresent()) {
                    statement.setString(3, row.getValue().get());
                }
                statement.executeUpdate();
            }
            meta.setLong(1, version);
            meta.executeUpdate();
        }
    }

    private void rollback(SQLException cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new ControllerException("store " + directory + " did not close: " + e.getMessage(), e);
        }
    }
}
