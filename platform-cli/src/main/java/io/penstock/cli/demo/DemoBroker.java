package io.penstock.cli.demo;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Figures;
import io.penstock.cli.terminal.Words;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import io.penstock.server.BrokerStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A broker of this process on a free port, in a directory that is gone when it is closed. */
final class DemoBroker implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final double SPACE_MARGIN = 1.2;

    private final Path directory;
    private final Broker broker;

    private DemoBroker(Path directory, Broker broker) {
        this.directory = directory;
        this.broker = broker;
    }

    /**
     * Starts it.
     *
     * @param parent where its directory is made
     * @param bytes how much is going to be written
     * @throws CommandFailure if there is no room for it
     */
    static DemoBroker start(Path parent, long bytes) {
        if (!Files.isDirectory(parent)) {
            throw new CommandFailure("there is no directory " + parent + ": make it, or name another with --dir");
        }
        try {
            ensureSpace(parent, bytes);
            Path directory = Files.createTempDirectory(parent, "penstock-demo-");
            try {
                BrokerConfig config = BrokerConfig.builder()
                        .dataDirectory(directory)
                        .listeners("penstock://127.0.0.1:0")
                        .build();
                return new DemoBroker(
                        directory, Objects.requireNonNull(Broker.start(config).block(START_TIMEOUT)));
            } catch (RuntimeException e) {
                deleteTree(directory);
                throw e;
            }
        } catch (IOException e) {
            throw new CommandFailure("can't write to " + parent + ": " + Words.of(e) + "; name another with --dir", e);
        }
    }

    /** Where clients find it. */
    String endpoint() {
        return broker.endpoint().toString();
    }

    Path directory() {
        return directory;
    }

    /** What it holds now, in words. */
    String figures() {
        BrokerStatus status = broker.status();
        return "in flight " + Figures.bytes(status.produceInflightBytes()) + ", unsent "
                + Figures.bytes(status.unsentBytes());
    }

    @Override
    public void close() {
        try {
            broker.stop().block(START_TIMEOUT);
        } finally {
            try {
                deleteTree(directory);
            } catch (IOException e) {
                throw new UncheckedIOException("can't remove " + directory, e);
            }
        }
    }

    private static void ensureSpace(Path parent, long bytes) throws IOException {
        long free = Files.getFileStore(parent).getUsableSpace();
        if (free < bytes * SPACE_MARGIN) {
            throw new CommandFailure("the demo writes " + Figures.bytes(bytes) + ", and " + parent + " has "
                    + Figures.bytes(free) + " left: make room, or name another directory with --dir");
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        }
    }
}
