package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.log.index.OffsetIndex;
import io.penstock.core.log.index.TimeIndex;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a segment that was written beside a log, by a compaction or a repair, in the place of others, and completes what a crash
 * interrupted in that before a log's segments are looked at. The states, and what is done about each:
 *
 * <pre>
 *  *.cleaned                  was being written: deleted
 *  X.log.swap                 is complete and was forced: the segments that it covers go, then it gets its name
 *  X.index.swap alone         the log file has its name already, or never came so far: the index is deleted, and built
 *                             again if need be
 * </pre>
 */
final class SegmentSwap {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentSwap.class);
    private static final Pattern SWAPPED_LOG = Pattern.compile("0[0-8]\\d{18}\\.log\\.swap");
    private static final Pattern SEGMENT_FILE = Pattern.compile("0[0-8]\\d{18}\\.(log|index|timeindex)");
    private static final int BASE_DIGITS = 20;

    private SegmentSwap() {}

    /**
     * Puts a segment in the place of neighbours. A crash before it is decided leaves the old ones.
     *
     * @param neighbours segments whose offsets the other one covers
     * @param cleaned complete and forced, under names with {@link LogSegment#CLEANED_SUFFIX}
     * @param decided is run when the new one counts, and before the old ones are given up
     */
    static void replace(LogDirectory directory, List<LogSegment> neighbours, LogSegment cleaned, Runnable decided)
            throws IOException {
        cleaned.rename(LogSegment.CLEANED_SUFFIX, LogSegment.SWAP_SUFFIX);
        directory.force();
        decided.run();
        for (LogSegment segment : neighbours) {
            segment.delete();
        }
        // the old names must be gone for good before the new one has them
        directory.force();
        cleaned.rename(LogSegment.SWAP_SUFFIX, "");
        directory.force();
    }

    static void complete(LogDirectory directory) throws IOException {
        directory.deleteIf(name -> name.endsWith(LogSegment.CLEANED_SUFFIX));
        List<String> names = directory.list();
        for (String name : names) {
            if (SWAPPED_LOG.matcher(name).matches()) {
                complete(directory, names, name);
            }
        }
        directory.deleteIf(name -> name.endsWith(LogSegment.SWAP_SUFFIX));
    }

    private static void complete(LogDirectory directory, List<String> names, String swapped) throws IOException {
        long base = baseOffset(swapped);
        long next = nextOffset(directory, swapped, base);
        LOG.info(
                "completing what takes the place of segments in {} from offset {} to {}", directory.path(), base, next);
        // indexes too whose log file has gone before them, or a second crash might leave them beside the new one
        directory.deleteIf(name -> SEGMENT_FILE.matcher(name).matches()
                && baseOffset(name) >= base
                && baseOffset(name) < Math.max(next, base + 1));
        // as in the swap itself: the old names must be gone for good before the new one has them
        directory.force();
        for (String suffix : List.of(TimeIndex.SUFFIX, OffsetIndex.SUFFIX, LogSegment.LOG_SUFFIX)) {
            String name = LogSegment.fileName(base, suffix);
            if (names.contains(name + LogSegment.SWAP_SUFFIX)) {
                directory.rename(name + LogSegment.SWAP_SUFFIX, name);
            }
        }
        directory.force();
    }

    private static long baseOffset(String name) {
        return Long.parseLong(name.substring(0, BASE_DIGITS));
    }

    /** The cleaned segment always has the last batch of those that it replaces, as a header at least. */
    private static long nextOffset(LogDirectory directory, String name, long base) throws IOException {
        try (LogFile file = directory.open(name)) {
            long next = base;
            BatchScan scan = new BatchScan(file, 0, Math.toIntExact(file.size()), base);
            while (scan.next()) {
                next = scan.batch().nextOffset();
            }
            return next;
        }
    }
}
