package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.log.index.OffsetIndex;
import io.penstock.core.log.index.TimeIndex;
import io.penstock.core.log.producer.ProducerSnapshot;
import io.penstock.core.log.segment.LogSegment;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How far a log went, as the files beside its segments tell. A segment is on the device before the next one has files, and what a
 * snapshot tells of is before it is written: a log that ends earlier has lost something. Leader epochs and the entries of indexes
 * may be of what a crash, or a truncation that a crash interrupted, has cut; but a log has a segment before it has those, so they
 * tell something where no segment is left.
 *
 * @param isLogMissing whether there are traces, and no segment at all
 * @param offset the log went there, or further; 0 if nothing is known
 * @param witness what tells that, for messages; empty if nothing does
 */
record LogTraces(boolean isLogMissing, long offset, String witness) {

    private static final LogTraces NONE = new LogTraces(false, 0, "");
    private static final Pattern INDEX_FILE = Pattern.compile("0[0-8]\\d{18}(\\.index|\\.timeindex)");

    /** Looks at a partition's directory before anything is removed there. */
    static LogTraces read(LogDirectory directory) throws IOException {
        List<String> names = directory.list();
        List<Long> segments = LogLoader.baseOffsetsOf(names);
        LogTraces found = NONE;
        for (String name : names) {
            if (isOrphan(name, names)) {
                long base = LogSegment.baseOffset(name);
                long next = segments.isEmpty() ? lastIndexed(directory, name) + 1 : base;
                // a crash in the middle of the log's creation leaves an index that tells nothing
                found = next > 0 ? found.or(next, name) : found;
            }
        }
        ProducerSnapshot snapshot = SnapshotFiles.newestValid(directory);
        if (snapshot != null) {
            found = found.or(snapshot.offset(), SnapshotFiles.name(snapshot.offset()));
        }
        if (!segments.isEmpty()) {
            return found;
        }
        LeaderEpochs epochs = LeaderEpochs.read(directory);
        if (epochs.latest() >= 0) {
            found = found.or(epochs.latestStart(), LeaderEpochs.FILE_NAME);
        }
        return new LogTraces(!found.witness.isEmpty(), found.offset, found.witness);
    }

    /** Whether a file is an index without the segment's log file. */
    static boolean isOrphan(String name, List<String> names) {
        return INDEX_FILE.matcher(name).matches()
                && !names.contains(LogSegment.fileName(LogSegment.baseOffset(name), LogSegment.LOG_SUFFIX));
    }

    private LogTraces or(long otherOffset, String otherWitness) {
        return witness.isEmpty() || otherOffset > offset ? new LogTraces(false, otherOffset, otherWitness) : this;
    }

    /** The last offset of an index in good order; one before its base offset if it has none. */
    private static long lastIndexed(LogDirectory directory, String name) throws IOException {
        long base = LogSegment.baseOffset(name);
        try (LogFile file = directory.open(name)) {
            if (name.endsWith(OffsetIndex.SUFFIX)) {
                OffsetIndex index = new OffsetIndex(file, base, Integer.MAX_VALUE);
                boolean isGood = index.entries() > 0
                        && index.defect(Long.MAX_VALUE, Integer.MAX_VALUE).isEmpty();
                return isGood ? index.last().offset() : base - 1;
            }
            TimeIndex index = new TimeIndex(file, base, Integer.MAX_VALUE);
            boolean isGood = index.entries() > 0 && index.defect(Long.MAX_VALUE).isEmpty();
            return isGood ? index.last().offset() : base - 1;
        }
    }
}
