package io.hopline.controller;

import io.hopline.sla.HistogramArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;

/**
 * Histograms on disk: an H2 database in a file of its own, {@code latency.mv.db}, beside the {@link H2Store}, so that neither
 * its size nor damage to it is the state's. A write is on disk when it returns.
 */
final class H2Archive implements HistogramArchive {
    /** H2's limit on a value kept in its row. */
    private static final int MAX_ROW_BYTES = 1 << 20;
    /** Steps read into memory at a time. */
    private static final int READ_STEPS = 8;

    private final Path directory;
    private final Connection connection;

    private H2Archive(Path directory, Connection connection) {
        this.directory = directory;
        this.connection = connection;
    }

    /** @throws ControllerException when the directory cannot be used or another controller has it open */
    static H2Archive open(Path directory) {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:file:" + directory.toAbsolutePath().resolve("latency")
                + ";WRITE_DELAY=0;TRACE_LEVEL_FILE=0;DB_CLOSE_ON_EXIT=FALSE");
        source.setUser("hopline");
        source.setPassword("");
        try {
            Files.createDirectories(directory);
            Connection connection = source.getConnection();
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE IF NOT EXISTS histograms(tier TINYINT, start_ms BIGINT,"
                        + " service VARCHAR(256), body VARBINARY(" + MAX_ROW_BYTES
                        + ") NOT NULL, PRIMARY KEY(tier, start_ms, service))");
                connection.setAutoCommit(false);
                return new H2Archive(directory, connection);
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        } catch (IOException | SQLException e) {
            throw new ControllerException(
                    "latency store in " + directory + " cannot be opened: " + e.getMessage()
                            + "; without its files latency.* a controller starts with an empty one",
                    e);
        }
    }

    @Override
    public synchronized void write(Tier tier, long startMs, Map<String, byte[]> rows) {
        try (PreparedStatement merge = connection.prepareStatement(
                "MERGE INTO histograms(tier, start_ms, service, body) VALUES(?, ?, ?, ?)")) {
            for (Map.Entry<String, byte[]> row : rows.entrySet()) {
                merge.setInt(1, tier.ordinal());
                merge.setLong(2, startMs);
                merge.setString(3, row.getKey());
                merge.setBytes(4, row.getValue());
                merge.executeUpdate();
            }
            connection.commit();
        } catch (SQLException e) {
            rollback(e);
            throw failed("written", e);
        }
    }

    @Override
    public void read(Tier tier, @Nullable String service, long fromMs, long toMs, Consumer<Row> rows) {
        OptionalLong next = first(tier, fromMs);
        while (next.isPresent() && next.getAsLong() < toMs) {
            long from = next.getAsLong();
            long to = Math.min(toMs, from + READ_STEPS * tier.lengthMs());
            rows(tier, service, from, to).forEach(rows);
            next = first(tier, to);
        }
    }

    private synchronized List<Row> rows(Tier tier, @Nullable String service, long fromMs, long toMs) {
        String sql = "SELECT service, start_ms, body FROM histograms WHERE tier = ? AND start_ms >= ? AND start_ms < ?"
                + (service == null ? "" : " AND service = ?") + " ORDER BY tier, start_ms, service";
        List<Row> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setInt(1, tier.ordinal());
            select.setLong(2, fromMs);
            select.setLong(3, toMs);
            if (service != null) {
                select.setString(4, service);
            }
            try (ResultSet found = select.executeQuery()) {
                while (found.next()) {
                    rows.add(new Row(found.getString(1), found.getLong(2), found.getBytes(3)));
                }
            }
            connection.commit();
            return rows;
        } catch (SQLException e) {
            rollback(e);
            throw failed("read", e);
        }
    }

    @Override
    public OptionalLong first(Tier tier, long fromMs) {
        return number("SELECT MIN(start_ms) FROM histograms WHERE tier = ? AND start_ms >= ?", tier, fromMs);
    }

    @Override
    public OptionalLong last(Tier tier) {
        return number("SELECT MAX(start_ms) FROM histograms WHERE tier = ? AND start_ms >= ?", tier, Long.MIN_VALUE);
    }

    private synchronized OptionalLong number(String sql, Tier tier, long fromMs) {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setInt(1, tier.ordinal());
            select.setLong(2, fromMs);
            try (ResultSet found = select.executeQuery()) {
                found.next();
                long value = found.getLong(1);
                return found.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
            }
        } catch (SQLException e) {
            throw failed("read", e);
        }
    }

    @Override
    public synchronized void deleteBefore(Tier tier, long ms) {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM histograms WHERE tier = ? AND start_ms < ?")) {
            delete.setInt(1, tier.ordinal());
            delete.setLong(2, ms);
            delete.executeUpdate();
            connection.commit();
        } catch (SQLException e) {
            rollback(e);
            throw failed("deleted", e);
        }
    }

    private void rollback(SQLException cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private ControllerException failed(String verb, SQLException e) {
        return new ControllerException(
                "histograms in " + directory + " could not be " + verb + ": " + e.getMessage(), e);
    }

    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new ControllerException("latency store in " + directory + " did not close: " + e.getMessage(), e);
        }
    }
}
