package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.segment.BatchRun;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.log.segment.SegmentRecovery;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the segments of a log into use, from what is known of them.
 *
 * <p>A segment before the recovery point's is believed as far as its indexes and last headers go. From the point on every batch
 * is read with its checksum. An invalid one at the end of the last segment is a write that a crash tore, and is cut. Anywhere else it
 * is damage to what was on the device, since a segment is forced before the next one is made: it goes to the {@link
 * Quarantine}, and the log goes on at the next segment, or in a new one from the end that is known, so that no offset is used
 * twice. Valid batches behind the damage get a segment of their own. Doing all of it again changes nothing. What is cut off a
 * suspect is set aside before, whatever it is.
 */
final class LogRepair {

    private static final Logger LOG = LoggerFactory.getLogger(LogRepair.class);

    private final SegmentFactory factory;
    private final LogDirectory directory;
    private final List<LogSegment> segments;
    private final RecoveryPoint point;
    private final LogKnowledge known;
    private final LogTraces traces;
    private final Quarantine quarantine;
    private final List<QuarantinedRange> quarantined = new ArrayList<>();
    private final NavigableMap<Integer, Long> begun = new TreeMap<>();

    private long bytesScanned;
    private int bytesCut;
    private String tear = "";
    private int rebuilt;

    /** @param segments in order, at least one; new ones may be added */
    LogRepair(SegmentFactory factory, List<LogSegment> segments, LogKnowledge known, LogTraces traces) {
        this.factory = factory;
        this.directory = factory.directory();
        this.segments = segments;
        this.known = known;
        this.traces = traces;
        this.point = known.point();
        this.quarantine = new Quarantine(directory);
    }

    void run() throws IOException {
        List<LogSegment> found = List.copyOf(segments);
        for (int i = 0; i < found.size() - 1; i++) {
            takeRolled(found.get(i), found.get(i + 1).baseOffset());
        }
        takeLast(found.get(found.size() - 1));
    }

    private void takeRolled(LogSegment segment, long nextBaseOffset) throws IOException {
        boolean isBelieved = segment.baseOffset() < point.segmentBaseOffset() && !isSuspect(segment);
        SegmentRecovery found = isBelieved ? segment.load(nextBaseOffset) : recover(segment, nextBaseOffset);
        count(found);
        if (found.validBytes() < segment.fileSize()) {
            List<BatchRun> survivors = segment.survivors(nextBaseOffset);
            setAside(segment, found.damage(), survivors, nextBaseOffset);
            writeBeside(segment, survivors);
            segment.dropTail();
            takeIn(segment, survivors);
        } else if (isShort(segment, nextBaseOffset)) {
            setAside(
                    segment,
                    "the file ends here, and the next segment begins with " + nextBaseOffset,
                    List.of(),
                    nextBaseOffset);
        }
        if (!isBelieved) {
            // its index entries behind the point were made again
            segment.seal();
        }
    }

    private void takeLast(LogSegment segment) throws IOException {
        SegmentRecovery found = recover(segment, Long.MAX_VALUE);
        count(found);
        if (isLost(segment, found)) {
            String damage = found.damage().isEmpty() ? whatIsMissing() : found.damage();
            long end = segment.endOfValid(knownPosition(segment), Math.max(point.offset(), segment.baseOffset()));
            goOnBehind(segment, damage, Math.max(end, traces.offset()));
        } else if (found.validBytes() < segment.fileSize()) {
            // somebody repairs by hand, perhaps without a recovery point to tell a torn end from damage
            if (isSuspect(segment) && !segment.survivors(Long.MAX_VALUE).isEmpty()) {
                goOnBehind(segment, found.damage(), segment.tail().nextOffset());
            } else {
                cut(segment, found);
            }
        }
        if (found.isRebuilt() || isSuspect(segment)) {
            segment.forceIndexes();
        }
    }

    private boolean isLost(LogSegment segment, SegmentRecovery found) {
        boolean isBelowPoint = segment.baseOffset() == point.segmentBaseOffset()
                ? found.validBytes() < point.position()
                : segment.tail().nextOffset() < point.offset();
        return isBelowPoint || traces.isLogMissing() || segment.tail().nextOffset() < traces.offset();
    }

    private String whatIsMissing() {
        return traces.witness().isEmpty()
                ? "what followed is missing"
                : "what followed is missing, of which " + traces.witness() + " tells";
    }

    /** @param knownEnd the log goes on there, or behind what survived */
    private void goOnBehind(LogSegment segment, String damage, long knownEnd) throws IOException {
        // behind the point a start takes nothing that lies behind an append that a crash tore
        List<BatchRun> survivors = segment.survivors(isSuspect(segment) ? Long.MAX_VALUE : knownEnd);
        long end = survivors.isEmpty()
                ? knownEnd
                : Math.max(knownEnd, survivors.get(survivors.size() - 1).nextOffset());
        setAside(segment, damage, survivors, end);
        writeBeside(segment, survivors);
        boolean goesOnInAnother = end > segment.baseOffset();
        if (goesOnInAnother) {
            // before anything is cut: whatever happens next, no offset below its base is given out
            LogSegment next = factory.open(end);
            segments.add(next);
            directory.force();
            next.recover(0, end, Long.MAX_VALUE, true, batch -> {});
        }
        segment.dropTail();
        takeIn(segment, survivors);
        if (goesOnInAnother) {
            segment.seal();
        }
    }

    private void cut(LogSegment segment, SegmentRecovery found) throws IOException {
        bytesCut = segment.fileSize() - found.validBytes();
        tear = found.damage();
        if (isSuspect(segment)) {
            long end = segment.tail().nextOffset();
            quarantine.copy(segment, found.validBytes());
            quarantined.add(quarantine.report(segment, new Damage(found.validBytes(), bytesCut, end, end, tear)));
        }
        LOG.warn("cutting {} bytes of {} behind offset {}: {}", bytesCut, segment, lastOffset(segment), tear);
        segment.dropTail();
    }

    /** Writes what survived in a segment beside the log. A crash leaves it in the quarantine's copy alone, until it is taken in. */
    private void writeBeside(LogSegment segment, List<BatchRun> survivors) throws IOException {
        if (!survivors.isEmpty()) {
            LogSegment saved = factory.createCleaned(survivors.get(0).baseOffset());
            segments.add(segments.indexOf(segment) + 1, saved);
            for (BatchRun run : survivors) {
                saved.append(segment, run, batch -> noteEpoch(begun, batch));
            }
            saved.seal();
        }
    }

    /** After the segment was cut, or its offsets would be in the log twice. */
    private void takeIn(LogSegment segment, List<BatchRun> survivors) throws IOException {
        if (!survivors.isEmpty()) {
            segments.get(segments.indexOf(segment) + 1).rename(LogSegment.CLEANED_SUFFIX, "");
            directory.force();
        }
    }

    private SegmentRecovery recover(LogSegment segment, long limitOffset) throws IOException {
        boolean hasPoint = segment.baseOffset() == point.segmentBaseOffset();
        return segment.recover(
                hasPoint ? point.position() : 0,
                hasPoint ? point.offset() : segment.baseOffset(),
                limitOffset,
                !isSuspect(segment),
                batch -> noteEpoch(begun, batch));
    }

    private boolean isSuspect(LogSegment segment) {
        return known.isSuspect(segment.baseOffset());
    }

    /**
     * Where one segment ends the next one begins, also after a compaction. If there is a gap that was not reported yet, somebody
     * else has cut the file.
     */
    private boolean isShort(LogSegment segment, long nextBaseOffset) throws IOException {
        long end = segment.tail().nextOffset();
        return end < nextBaseOffset
                && nextBaseOffset > known.startOffset()
                && !quarantine.hasReported(end, nextBaseOffset);
    }

    private int knownPosition(LogSegment segment) {
        return segment.baseOffset() == point.segmentBaseOffset() ? point.position() : 0;
    }

    private void setAside(LogSegment segment, String what, List<BatchRun> survivors, long toOffset) throws IOException {
        int position = segment.tail().sizeInBytes();
        quarantine.copy(segment, position);
        Damage all = new Damage(
                position, segment.fileSize() - position, segment.tail().nextOffset(), toOffset, what);
        for (Damage damage : Damage.between(all, survivors)) {
            QuarantinedRange range = quarantine.report(segment, damage);
            quarantined.add(range);
            LOG.error(
                    "{} is damaged at position {}, which was on the device: {}. May be lost: {} {} bytes are set aside, see {}/{}",
                    segment,
                    damage.position(),
                    damage.what(),
                    damage.offsets(),
                    damage.bytes(),
                    directory.path(),
                    range.path());
        }
    }

    private void count(SegmentRecovery found) {
        bytesScanned += found.bytesScanned();
        rebuilt += found.isRebuilt() ? 1 : 0;
    }

    private static long lastOffset(LogSegment segment) {
        return segment.tail().nextOffset() - 1;
    }

    static void noteEpoch(NavigableMap<Integer, Long> begun, RecordBatch batch) {
        int epoch = batch.leaderEpoch();
        if (epoch > (begun.isEmpty() ? RecordBatch.NO_LEADER_EPOCH : begun.lastKey())) {
            begun.put(epoch, batch.baseOffset());
        }
    }

    /** At which offsets leader epochs begin, in what was read. */
    NavigableMap<Integer, Long> begun() {
        return begun;
    }

    /** @param areEpochsRebuilt what became of the leader epochs afterwards */
    LogRecovery result(boolean areEpochsRebuilt) {
        return new LogRecovery(bytesScanned, bytesCut, tear, rebuilt, areEpochsRebuilt, quarantined);
    }
}
