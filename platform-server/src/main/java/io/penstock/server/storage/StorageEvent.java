package io.penstock.server.storage;

import io.penstock.core.log.CompactionResult;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.model.TopicPartition;
import java.time.Duration;

/** What happens to a broker's disks that an operator should know. */
public sealed interface StorageEvent {

    /**
     * A write or a force failed: the directory is out of service, with all of its partitions, until the broker is started again.
     * Other directories go on.
     *
     * @param directory its path
     * @param reason what failed
     */
    record DirectoryFailed(String directory, String reason) implements StorageEvent {}

    /**
     * Only the reserve is left: appends are refused, reads go on.
     *
     * @param directory its path
     * @param usableBytes what is left
     */
    record DirectoryFull(String directory, long usableBytes) implements StorageEvent {}

    /**
     * There is room again: appends are taken.
     *
     * @param directory its path
     * @param usableBytes what is left
     */
    record DirectoryHasRoom(String directory, long usableBytes) implements StorageEvent {}

    /**
     * A log was opened that was not as a log should be: torn, with wrong indexes, or damaged.
     *
     * @param directory the path of its data directory
     * @param partition whose log it is
     * @param recovery what was found and done
     */
    record LogRecovered(String directory, TopicPartition partition, LogRecovery recovery) implements StorageEvent {}

    /**
     * The first records of a log went, by age, by size or because a client asked for it.
     *
     * @param logStartOffset the first offset that is left
     * @param segments how many segments went with them
     * @param bytes the size of those
     */
    record RecordsDeleted(TopicPartition partition, long logStartOffset, int segments, long bytes)
            implements StorageEvent {}

    /**
     * A log was compacted.
     *
     * @param result what it came to
     * @param took from its first step to its last, throttling included
     */
    record LogCompacted(TopicPartition partition, CompactionResult result, Duration took) implements StorageEvent {}

    /**
     * A log could not be compacted, and is left as it is until its settings change or the broker is started again.
     *
     * @param reason what was wrong
     */
    record CompactionFailed(TopicPartition partition, String reason) implements StorageEvent {}
}
