package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
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
 * twice. Doing all of it again changes nothing. What is cut off a suspect is set aside before, whatever it is.
 */
final class LogRepair {

    /** Makes a segment with a base offset. */
    interface Creation {
        LogSegment create(long baseOffset) throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(LogRepair.class);

    private final LogDirectory directory;
    private final List<LogSegment> segments;
    private final RecoveryPoint point;
    private final LogKnowledge known;
    private final Quarantine quarantine;
    private final List<QuarantinedRange> quarantined = new ArrayList<>();
    private final NavigableMap<Integer, Long> begun = new TreeMap<>();

    private long bytesScanned;
    private int bytesCut;
    private String tear = "";
    private int rebuilt;

    /** @param segments in order, at least one; a new one may be added */
    LogRepair(LogDirectory directory, List<LogSegment> segments, LogKnowledge known) {
        this.directory = directory;
        this.segments = segments;
        this.known = known;
        this.point = known.point();
        this.quarantine = new Quarantine(directory);
    }

    void run(Creation creation) throws IOException {
        for (int i = 0; i < segments.size() - 1; i++) {
            takeRolled(segments.get(i), segments.get(i + 1).baseOffset());
        }
        takeLast(segments.get(segments.size() - 1), creation);
    }

    private void takeRolled(LogSegment segment, long nextBaseOffset) throws IOException {
        boolean isBelieved = segment.baseOffset() < point.segmentBaseOffset() && !isSuspect(segment);
        SegmentRecovery found = isBelieved ? segment.load(nextBaseOffset) : recover(segment, nextBaseOffset);
        count(found);
        if (found.validBytes() < segment.fileSize()) {
            setAside(segment, found, nextBaseOffset);
            segment.dropTail();
        } else if (isShort(segment, nextBaseOffset)) {
            setAside(
                    segment,
                    found.with("the file ends here, and the next segment begins with " + nextBaseOffset),
                    nextBaseOffset);
        }
        if (!isBelieved) {
            // its index entries behind the point were made again
            segment.seal();
        }
    }

    private void takeLast(LogSegment segment, Creation creation) throws IOException {
        SegmentRecovery found = recover(segment, Long.MAX_VALUE);
        count(found);
        boolean isBelowPoint = segment.baseOffset() == point.segmentBaseOffset()
                ? found.validBytes() < point.position()
                : segment.tail().nextOffset() < point.offset();
        if (isBelowPoint) {
            String damage = found.damage().isEmpty() ? "what followed is missing" : found.damage();
            long end = segment.endOfValid(knownPosition(segment), Math.max(point.offset(), segment.baseOffset()));
            SegmentRecovery loss =
                    new SegmentRecovery(found.bytesScanned(), found.validBytes(), damage, found.isRebuilt());
            setAside(segment, loss, end);
            // before anything is cut: whatever happens next, no offset below its base is given out
            LogSegment next = creation.create(end);
            segments.add(next);
            directory.force();
            next.recover(0, end, Long.MAX_VALUE, true, batch -> {});
            segment.dropTail();
            segment.seal();
        } else if (found.validBytes() < segment.fileSize()) {
            bytesCut = segment.fileSize() - found.validBytes();
            tear = found.damage();
            if (isSuspect(segment)) {
                // somebody repairs by hand, perhaps without a recovery point to tell a torn end from damage
                quarantined.add(quarantine.add(
                        segment,
                        found.validBytes(),
                        segment.tail().nextOffset(),
                        segment.tail().nextOffset(),
                        tear));
            }
            LOG.warn("cutting {} bytes of {} behind offset {}: {}", bytesCut, segment, lastOffset(segment), tear);
            segment.dropTail();
        }
        if (found.isRebuilt() || isSuspect(segment)) {
            segment.forceIndexes();
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

    private void setAside(LogSegment segment, SegmentRecovery found, long toOffset) throws IOException {
        QuarantinedRange range =
                quarantine.add(segment, found.validBytes(), segment.tail().nextOffset(), toOffset, found.damage());
        quarantined.add(range);
        LOG.error(
                "{} is damaged at position {}, which was on the device: {}. Offsets {} to {} may be lost; {} bytes are set aside,"
                        + " see {}/{}",
                segment,
                range.position(),
                range.damage(),
                range.fromOffset(),
                range.toOffset() - 1,
                range.bytes(),
                directory.path(),
                range.path());
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
