package io.penstock.cli.log;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.metadata.store.local.StoppedJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a path on the command line means: a data directory with all its partitions, or one partition of it.
 *
 * @param isWhole whether it is the data directory
 */
record LogTarget(Path dataDirectory, List<TopicPartition> partitions, boolean isWhole) {

    /** Kafka's rule for topics, a hyphen, a number without leading zeros. */
    private static final Pattern PARTITION = Pattern.compile("([a-zA-Z0-9._-]{1,249})-(0|[1-9]\\d{0,8})");

    /**
     * Finds out.
     *
     * @throws CommandFailure if it is neither
     */
    static LogTarget of(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new CommandFailure(Files.exists(path) ? path + " is not a directory" : "there is no " + path);
        }
        Path absolute = path.toRealPath();
        Optional<TopicPartition> itself = partitionOf(absolute);
        if (itself.isPresent() && isPartition(absolute)) {
            return new LogTarget(absolute.getParent(), List.of(itself.get()), false);
        }
        List<TopicPartition> partitions;
        try (Stream<Path> children = Files.list(absolute)) {
            partitions = children.filter(Files::isDirectory)
                    .flatMap(child -> partitionOf(child).stream())
                    .distinct()
                    .sorted()
                    .toList();
        }
        if (partitions.isEmpty() && !Files.exists(absolute.resolve("meta.properties"))) {
            throw new CommandFailure(path + " is neither a data directory nor a partition's, like data/orders-0");
        }
        return new LogTarget(absolute, partitions, true);
    }

    private static Optional<TopicPartition> partitionOf(Path directory) {
        Matcher name = PARTITION.matcher(String.valueOf(directory.getFileName()));
        return name.matches()
                ? Optional.of(StoppedJournal.nameOf(new TopicPartition(name.group(1), Integer.parseInt(name.group(2)))))
                : Optional.empty();
    }

    private static boolean isPartition(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> SegmentNames.isSegmentFile(file)
                    || file.getFileName().toString().equals("partition.metadata"));
        }
    }
}
