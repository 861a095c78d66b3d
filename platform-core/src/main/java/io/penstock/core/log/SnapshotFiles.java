package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.producer.ProducerSnapshot;
import io.penstock.core.log.segment.LogSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code .snapshot} files of a log: {@link ProducerSnapshot}s under the offset that they tell of in 20 digits. Kept are those
 * where a segment begins, and the newest two. One that can't be written is missed by nobody but the next opening. Safe
 * for several threads, which wait for each other's disk.
 */
final class SnapshotFiles {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);
    private static final Pattern NAME = Pattern.compile("0[0-8]\\d{18}\\.snapshot");
    private static final int NEWEST_KEPT = 2;

    private final LogDirectory directory;

    SnapshotFiles(LogDirectory directory) {
        this.directory = directory;
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static List<Long> offsets(LogDirectory directory) throws IOException {
        return directory.list().stream()
                .filter(SnapshotFiles::isName)
                .map(LogSegment::baseOffset)
                .sorted()
                .toList();
    }

    /**
     * What a file has.
     *
     * @throws IllegalArgumentException if it is damaged
     */
    static ProducerSnapshot read(LogDirectory directory, long offset) throws IOException {
        return ProducerSnapshot.decode(offset, ByteBuffer.wrap(Checkpoint.readBytes(directory, name(offset))));
    }

    /** The newest that is no damaged one, or null. Deletes nothing. */
    static @Nullable ProducerSnapshot newestValid(LogDirectory directory) throws IOException {
        List<Long> offsets = offsets(directory);
        for (int i = offsets.size() - 1; i >= 0; i--) {
            try {
                return read(directory, offsets.get(i));
            } catch (IllegalArgumentException e) {
                // whoever opens the log deletes it
            }
        }
        return null;
    }

    static String name(long offset) {
        return LogSegment.fileName(offset, ProducerSnapshot.SUFFIX);
    }

    /** The newest that is no damaged one, at or before an offset; null if there is none. Damaged ones are deleted. */
    synchronized @Nullable ProducerSnapshot newest(long atOrBefore) throws IOException {
        List<Long> offsets = offsets(directory);
        for (int i = offsets.size() - 1; i >= 0; i--) {
            if (offsets.get(i) <= atOrBefore) {
                try {
                    return read(directory, offsets.get(i));
                } catch (IllegalArgumentException e) {
                    LOG.warn(
                            "{}/{} is damaged, and deleted: {}",
                            directory.path(),
                            name(offsets.get(i)),
                            e.getMessage());
                    directory.delete(name(offsets.get(i)));
                }
            }
        }
        return null;
    }

    synchronized boolean has(long offset) throws IOException {
        return directory.exists(name(offset));
    }

    synchronized void store(LogProducers.Image image, Predicate<LogProducers.Image> isCurrent, SegmentList segments) {
        String name = name(image.snapshot().offset());
        try {
            if (isCurrent.test(image) && !directory.exists(name)) {
                Checkpoint.write(directory, name, image.snapshot().encode());
                prune(segments);
            }
        } catch (IOException e) {
            LOG.warn("can't write {}/{}; opening the log will read more: {}", directory.path(), name, e.toString());
        }
    }

    private void prune(SegmentList segments) throws IOException {
        List<Long> offsets = offsets(directory);
        for (long offset : offsets.subList(0, Math.max(0, offsets.size() - NEWEST_KEPT))) {
            if (segments.floor(offset).baseOffset() != offset) {
                directory.delete(name(offset));
            }
        }
    }

    /** Deletes those that tell of more than the log has up to an offset, durably. */
    synchronized void deleteAfter(long offset) throws IOException {
        deleteIf(each -> each > offset);
    }

    /** Deletes those outside of a log, durably. */
    synchronized void keepWithin(long start, long end) throws IOException {
        deleteIf(each -> each < start || each > end);
    }

    private void deleteIf(LongPredicate isObsolete) throws IOException {
        boolean isAny = false;
        for (long offset : offsets(directory)) {
            if (isObsolete.test(offset)) {
                directory.delete(name(offset));
                isAny = true;
            }
        }
        if (isAny) {
            directory.force();
        }
    }
}
