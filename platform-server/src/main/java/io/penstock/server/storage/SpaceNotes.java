package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.PartitionOffsetFile;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What a restart must know of the space that was given back, beside the segments themselves: where logs start, and up to
 * where they were compacted. A note is on the device when the method returns. Safe for any thread; changes block.
 */
final class SpaceNotes {

    private static final class Notes {

        private final LogDirectory directory;
        private final PartitionOffsetFile file;
        private Map<TopicPartition, Long> offsets;

        Notes(LogDirectory directory, PartitionOffsetFile file) throws IOException {
            this.directory = directory;
            this.file = file;
            this.offsets = file.read(directory);
        }

        synchronized long get(TopicPartition partition) {
            return offsets.getOrDefault(partition, 0L);
        }

        synchronized void put(Map<TopicPartition, Long> changes) {
            Map<TopicPartition, Long> changed = new HashMap<>(offsets);
            changed.putAll(changes);
            replace(changed);
        }

        synchronized void remove(Collection<TopicPartition> partitions) {
            Map<TopicPartition, Long> changed = new HashMap<>(offsets);
            changed.keySet().removeAll(partitions);
            replace(changed);
        }

        private void replace(Map<TopicPartition, Long> changed) {
            if (changed.equals(offsets)) {
                return;
            }
            try {
                file.write(directory, changed);
                offsets = changed;
            } catch (IOException e) {
                throw new PenstockException(
                        e instanceof NoSpaceException ? ErrorCode.STORAGE_FULL : ErrorCode.STORAGE_ERROR,
                        directory.path() + "/" + file.fileName() + " can't be written: " + e,
                        e);
            }
        }
    }

    private final Notes logStarts;
    private final Notes compacted;

    private SpaceNotes(Notes logStarts, Notes compacted) {
        this.logStarts = logStarts;
        this.compacted = compacted;
    }

    /** Reads the notes of a data directory. */
    static SpaceNotes open(LogDirectory directory) throws IOException {
        return new SpaceNotes(
                new Notes(directory, PartitionOffsetFile.LOG_START_OFFSETS),
                new Notes(directory, PartitionOffsetFile.COMPACTED_OFFSETS));
    }

    /** Where a log starts; 0 if nothing is noted. */
    long logStart(TopicPartition partition) {
        return logStarts.get(partition);
    }

    void noteLogStarts(Map<TopicPartition, Long> offsets) {
        logStarts.put(offsets);
    }

    /** Up to where a log was compacted; 0 if nothing is noted. */
    long compactedTo(TopicPartition partition) {
        return compacted.get(partition);
    }

    void noteCompactedTo(TopicPartition partition, long offset) {
        compacted.put(Map.of(partition, offset));
    }

    /** Forgets partitions, before their directories leave: later ones of these names start anew. */
    void forget(Collection<TopicPartition> partitions) {
        logStarts.remove(partitions);
        compacted.remove(partitions);
    }
}
