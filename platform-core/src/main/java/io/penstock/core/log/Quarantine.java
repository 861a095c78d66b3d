package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.log.segment.LogSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code .quarantine} directory of a partition, where damage is set aside:
 *
 * <pre>
 * 00000000000000001000-at-52311.log        the bytes of the segment from the position on, if there were any
 * 00000000000000001000-at-52311.report     what was damaged, which offsets may be lost; ends in a checksum
 * </pre>
 *
 * Reports are written after the copy. Where valid batches lie behind the damage, and more damage behind those, each has a report of
 * its own, and the first one's copy has all of it. Nothing here is ever deleted or served.
 */
final class Quarantine {

    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

    static final String DIRECTORY = ".quarantine";
    private static final String REPORT_SUFFIX = ".report";
    private static final int OFFSETS_LINE = 5;
    private static final int CHUNK_BYTES = 1 << 20;

    private final LogDirectory partition;

    Quarantine(LogDirectory partition) {
        this.partition = partition;
    }

    /** Whether it was reported that all offsets of a range may be lost; a damaged report says nothing. */
    boolean hasReported(long fromOffset, long toOffset) throws IOException {
        if (!partition.children().contains(DIRECTORY)) {
            return false;
        }
        LogDirectory directory = partition.child(DIRECTORY);
        for (String name : directory.list()) {
            if (name.endsWith(REPORT_SUFFIX) && covers(directory, name, fromOffset, toOffset)) {
                return true;
            }
        }
        return false;
    }

    private static boolean covers(LogDirectory directory, String report, long fromOffset, long toOffset)
            throws IOException {
        try {
            String[] range =
                    Checkpoint.readChecked(directory, report).get(OFFSETS_LINE).split(" ", -1);
            return Long.parseLong(range[1]) <= fromOffset && toOffset <= Long.parseLong(range[2]);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            LOG.warn("{}/{} is damaged: {}", directory.path(), report, e.getMessage());
            return false;
        }
    }

    /** Copies what a segment has from a position on, durably; the segment is left as it is. */
    void copy(LogSegment segment, int position) throws IOException {
        if (position < segment.fileSize()) {
            LogDirectory directory = partition.child(DIRECTORY);
            copy(segment, position, directory, name(segment.baseOffset(), position) + LogSegment.LOG_SUFFIX);
            directory.force();
            partition.force();
        }
    }

    /** Says, durably, what is damaged. */
    QuarantinedRange report(LogSegment segment, Damage damage) throws IOException {
        LogDirectory directory = partition.child(DIRECTORY);
        String report = name(segment.baseOffset(), damage.position()) + REPORT_SUFFIX;
        Checkpoint.writeChecked(
                directory,
                report,
                List.of(
                        "0",
                        "log " + partition.path(),
                        "segment " + LogSegment.fileName(segment.baseOffset(), LogSegment.LOG_SUFFIX),
                        "position " + damage.position(),
                        "bytes " + damage.bytes(),
                        "offsets " + damage.fromOffset() + " " + damage.toOffset(),
                        "damage " + damage.what()));
        partition.force();
        return new QuarantinedRange(
                damage.fromOffset(),
                damage.toOffset(),
                segment.baseOffset(),
                damage.position(),
                damage.bytes(),
                damage.what(),
                DIRECTORY + "/" + report);
    }

    private static void copy(LogSegment segment, int position, LogDirectory directory, String name) throws IOException {
        int size = segment.fileSize();
        // a crash may have left the beginning of an earlier try
        directory.delete(name);
        try (LogFile copy = directory.open(name)) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
            for (int at = position; at < size; at += chunk.limit()) {
                chunk.clear().limit(Math.min(CHUNK_BYTES, size - at));
                segment.read(chunk, at);
                copy.append(chunk.flip());
            }
            copy.force();
        }
    }

    private static String name(long segmentBaseOffset, long position) {
        return LogSegment.fileName(segmentBaseOffset, "-at-" + position);
    }
}
