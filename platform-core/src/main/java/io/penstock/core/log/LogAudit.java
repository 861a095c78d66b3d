package io.penstock.core.log;

import io.penstock.core.log.LogDefect.Part;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads everything that the directory of a closed log has, with checksums, and compares it: batches, both indexes, snapshots of producers, leader epochs, the
 * topic's id, and the recovery point. Changes nothing. What a start of the broker believes, to be quick, is read too.
 */
public final class LogAudit {

    private final LogDirectory directory;
    private final RecoveryPoint point;
    private final int indexIntervalBytes;
    private final List<LogDefect> defects = new ArrayList<>();

    private @Nullable NavigableMap<Long, Integer> epochs;
    private boolean hasBatches;
    private long bytes;
    private long endOffset;

    private LogAudit(LogDirectory directory, RecoveryPoint point, int indexIntervalBytes) {
        this.directory = directory;
        this.point = point;
        this.indexIntervalBytes = indexIntervalBytes;
    }

    /**
     * Audits the log of a partition. Blocks.
     *
     * @param directory that of the partition
     * @param point what is known to be on the device
     * @param indexIntervalBytes as the topic's setting
     */
    public static LogAudit of(LogDirectory directory, RecoveryPoint point, int indexIntervalBytes) throws IOException {
        LogAudit audit = new LogAudit(directory, point, indexIntervalBytes);
        audit.run();
        return audit;
    }

    /** What is wrong, in the order of offsets, and the side files last. */
    public List<LogDefect> defects() {
        return List.copyOf(defects);
    }

    /** Bytes of the batches that were read. */
    public long bytes() {
        return bytes;
    }

    /** Behind the last valid batch. */
    public long endOffset() {
        return endOffset;
    }

    private void run() throws IOException {
        String epochsDefect = readEpochs();
        SnapshotAudit producers = new SnapshotAudit(directory);
        List<Long> baseOffsets = LogLoader.baseOffsetsOf(directory.list());
        for (int i = 0; i < baseOffsets.size(); i++) {
            boolean isLast = i == baseOffsets.size() - 1;
            SegmentAudit segment = new SegmentAudit(
                    directory,
                    baseOffsets.get(i),
                    isLast ? Long.MAX_VALUE : baseOffsets.get(i + 1),
                    indexIntervalBytes);
            String damage = segment.run(batch -> {
                checkEpoch(batch);
                producers.batch(batch);
            });
            if (isLast) {
                lookAtEnd(segment, baseOffsets.get(i), damage);
            } else {
                lookAtRolled(segment, baseOffsets.get(i + 1), damage);
            }
            defects.addAll(segment.defects());
            bytes += segment.size();
            endOffset = segment.nextOffset();
        }
        defects.addAll(producers.end(endOffset));
        if (!epochsDefect.isEmpty() && hasBatches) {
            defects.add(LogDefect.of(Part.LEADER_EPOCHS, LeaderEpochs.FILE_NAME, 0, epochsDefect));
        }
        String idDefect = PartitionMetadata.defect(directory);
        if (!idDefect.isEmpty()) {
            defects.add(LogDefect.of(Part.TOPIC_ID, PartitionMetadata.FILE_NAME, 0, idDefect));
        }
    }

    private void lookAtRolled(SegmentAudit segment, long nextBaseOffset, String damage) throws IOException {
        String what = damage;
        if (what.isEmpty()
                && segment.nextOffset() < nextBaseOffset
                && !new Quarantine(directory).hasReported(segment.nextOffset(), nextBaseOffset)) {
            what = "it ends before offset " + segment.nextOffset() + ", and the next segment begins with "
                    + nextBaseOffset;
        }
        if (!what.isEmpty()) {
            lost(Part.BATCHES, segment, what, nextBaseOffset);
        }
    }

    private void lookAtEnd(SegmentAudit segment, long baseOffset, String damage) throws IOException {
        boolean isBelowPoint = baseOffset == point.segmentBaseOffset()
                ? segment.validBytes() < point.position()
                : segment.nextOffset() < point.offset();
        if (isBelowPoint) {
            String what = damage.isEmpty() ? "the file ends here, and more was known to be on the device" : damage;
            lost(Part.BATCHES, segment, what, Math.max(point.offset(), segment.lastOffsetClaimed()));
        } else if (!damage.isEmpty()) {
            lost(Part.TAIL, segment, damage, segment.lastOffsetClaimed());
        }
    }

    private void lost(Part part, SegmentAudit segment, String what, long toOffset) {
        defects.add(new LogDefect(
                part,
                segment.logName(),
                segment.validBytes(),
                what,
                segment.nextOffset(),
                toOffset,
                segment.size() - segment.validBytes()));
    }

    private String readEpochs() throws IOException {
        String defect = LeaderEpochs.defect(directory);
        if (defect.isEmpty()) {
            NavigableMap<Long, Integer> byStart = new TreeMap<>();
            LeaderEpochs.parse(Checkpoint.read(directory, LeaderEpochs.FILE_NAME))
                    .forEach((epoch, start) -> byStart.put(start, epoch));
            epochs = byStart;
        }
        return defect;
    }

    private void checkEpoch(RecordBatch batch) {
        hasBatches = true;
        NavigableMap<Long, Integer> known = epochs;
        if (known == null) {
            return;
        }
        Map.Entry<Long, Integer> said = known.floorEntry(batch.baseOffset());
        if (said == null || said.getValue() != batch.leaderEpoch()) {
            epochs = null;
            defects.add(LogDefect.of(
                    Part.LEADER_EPOCHS,
                    LeaderEpochs.FILE_NAME,
                    0,
                    "offset " + batch.baseOffset() + " is of leader epoch " + batch.leaderEpoch()
                            + " in the log, and of " + (said == null ? "none" : said.getValue()) + " here"));
        }
    }
}
