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
 * The report is written last. Nothing here is ever deleted or served.
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

    /**
     * Copies what a segment has from a position on, durably, and reports it; the segment is left as it is.
     *
     * @param toOffset where the log goes on
     */
    QuarantinedRange add(LogSegment segment, int position, long fromOffset, long toOffset, String damage)
            throws IOException {
        LogDirectory directory = partition.child(DIRECTORY);
        String name = name(segment.baseOffset(), position);
        int bytes = copy(segment, position, directory, name + LogSegment.LOG_SUFFIX);
        String path = DIRECTORY + "/" + name + REPORT_SUFFIX;
        QuarantinedRange range =
                new QuarantinedRange(fromOffset, toOffset, segment.baseOffset(), position, bytes, damage, path);
        Checkpoint.writeChecked(
                directory,
                name + REPORT_SUFFIX,
                List.of(
                        "0",
                        "log " + partition.path(),
                        "segment " + LogSegment.fileName(segment.baseOffset(), LogSegment.LOG_SUFFIX),
                        "position " + position,
                        "bytes " + bytes,
                        "offsets " + fromOffset + " " + toOffset,
                        "damage " + damage));
        partition.force();
        return range;
    }

    private static int copy(LogSegment segment, int position, LogDirectory directory, String name) throws IOException {
        int size = segment.fileSize();
        if (position >= size) {
            return 0;
        }
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
        return size - position;
    }

    private static String name(long segmentBaseOffset, long position) {
        return LogSegment.fileName(segmentBaseOffset, "-at-" + position);
    }
}
