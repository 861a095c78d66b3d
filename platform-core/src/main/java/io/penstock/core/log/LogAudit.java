package io.penstock.core.log;

import io.penstock.core.log.LogDefect.Part;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.segment.BatchRun;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads everything that the directory of a closed log has, with checksums, and compares it: batches, both indexes, snapshots of producers, leader epochs, the
 * topic's id, and the recovery point. Changes nothing. What a start of the broker believes, to be quick, is read too.
 */
public final class LogAudit {

    private final LogDirectory directory;
    private final RecoveryPoint point;
    private final int indexIntervalBytes;
    private final boolean isForcedOneByOne;
    private final List<LogDefect> defects = new ArrayList<>();

    private final LeaderEpochs epochs;
    private boolean hasBatches;
    private long bytes;
    private long endOffset;

    private LogAudit(LogDirectory directory, RecoveryPoint point, int indexIntervalBytes, boolean isForcedOneByOne)
            throws IOException {
        this.directory = directory;
        this.epochs = LeaderEpochs.read(directory);
        this.point = point;
        this.indexIntervalBytes = indexIntervalBytes;
        this.isForcedOneByOne = isForcedOneByOne;
    }

    /**
     * Audits the log of a partition. Blocks.
     *
     * @param directory that of the partition
     * @param point what is known to be on the device
     * @param indexIntervalBytes as the topic's setting
     */
    public static LogAudit of(LogDirectory directory, RecoveryPoint point, int indexIntervalBytes) throws IOException {
        return of(directory, point, indexIntervalBytes, false);
    }

    /**
     * As {@link #of}, of a log of which each append was forced before the next one: what is followed by a valid batch was on the
     * device, and is damaged, whatever the recovery point says.
     */
    public static LogAudit ofForcedOneByOne(LogDirectory directory, RecoveryPoint point, int indexIntervalBytes)
            throws IOException {
        return of(directory, point, indexIntervalBytes, true);
    }

    private static LogAudit of(
            LogDirectory directory, RecoveryPoint point, int indexIntervalBytes, boolean isForcedOneByOne)
            throws IOException {
        LogAudit audit = new LogAudit(directory, point, indexIntervalBytes, isForcedOneByOne);
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
        SnapshotAudit producers = new SnapshotAudit(directory);
        List<Long> baseOffsets = LogLoader.baseOffsetsOf(directory.list());
        LogTraces traces = LogTraces.read(directory);
        if (baseOffsets.isEmpty()) {
            lookAtNothing(traces);
        }
        for (int i = 0; i < baseOffsets.size(); i++) {
            boolean isLast = i == baseOffsets.size() - 1;
            SegmentAudit segment = new SegmentAudit(
                    directory,
                    baseOffsets.get(i),
                    isLast ? Long.MAX_VALUE : baseOffsets.get(i + 1),
                    point,
                    indexIntervalBytes);
            WrongEpochs wrong = new WrongEpochs(segment);
            String damage = segment.run(batch -> {
                hasBatches = true;
                wrong.look(batch);
                producers.batch(batch);
            });
            if (isLast) {
                lookAtEnd(segment, baseOffsets.get(i), damage, traces);
            } else {
                lookAtRolled(segment, baseOffsets.get(i + 1), damage);
            }
            defects.addAll(segment.defects());
            wrong.report();
            bytes += segment.size();
            endOffset = endOf(segment);
        }
        defects.addAll(producers.end(endOffset));
        if (hasBatches) {
            LeaderEpochs.defects(directory)
                    .forEach((file, defect) -> defects.add(LogDefect.of(Part.LEADER_EPOCHS, file, 0, defect)));
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
            damaged(segment, what, nextBaseOffset);
        }
    }

    private void lookAtNothing(LogTraces traces) {
        if (traces.isLogMissing() || point.offset() > 0) {
            String witness =
                    point.offset() >= traces.offset() && point.offset() > 0 ? "the recovery point" : traces.witness();
            defects.add(new LogDefect(
                    Part.BATCHES,
                    LogSegment.fileName(0, LogSegment.LOG_SUFFIX),
                    0,
                    "it and all other segments are missing, and " + witness + " tells of records",
                    0,
                    Math.max(point.offset(), traces.offset()),
                    0));
        }
    }

    private void lookAtEnd(SegmentAudit segment, long baseOffset, String damage, LogTraces traces) throws IOException {
        boolean isBelowPoint = baseOffset == point.segmentBaseOffset()
                ? segment.validBytes() < point.position()
                : segment.nextOffset() < point.offset();
        long known = Math.max(point.offset(), traces.offset());
        if (isBelowPoint || segment.nextOffset() < traces.offset()) {
            String what = damage.isEmpty()
                    ? "the file ends here, and more was known to be on the device" + toldBy(traces, segment)
                    : damage;
            damaged(segment, what, Math.max(known, segment.lastOffsetClaimed()));
        } else if (isForcedOneByOne && !segment.survivors().isEmpty()) {
            damaged(segment, damage + ", and valid batches follow", segment.lastOffsetClaimed());
        } else if (!damage.isEmpty()) {
            defects.add(new LogDefect(
                    Part.TAIL,
                    segment.logName(),
                    segment.validBytes(),
                    damage,
                    segment.nextOffset(),
                    segment.lastOffsetClaimed(),
                    segment.size() - segment.validBytes()));
        }
    }

    private static String toldBy(LogTraces traces, SegmentAudit segment) {
        return segment.nextOffset() < traces.offset() ? ", of which " + traces.witness() + " tells" : "";
    }

    /** What is not valid, one by one where valid batches lie between. */
    private void damaged(SegmentAudit segment, String what, long toOffset) {
        Damage all = new Damage(
                segment.validBytes(), segment.size() - segment.validBytes(), segment.nextOffset(), toOffset, what);
        for (Damage damage : Damage.between(all, segment.survivors())) {
            defects.add(new LogDefect(
                    Part.BATCHES,
                    segment.logName(),
                    damage.position(),
                    damage.what(),
                    damage.fromOffset(),
                    damage.toOffset(),
                    damage.bytes()));
        }
    }

    private static long endOf(SegmentAudit segment) {
        List<BatchRun> survivors = segment.survivors();
        return survivors.isEmpty()
                ? segment.nextOffset()
                : survivors.get(survivors.size() - 1).nextOffset();
    }

    /** Batches of a segment that have another leader epoch than was noted. */
    private final class WrongEpochs {

        private final SegmentAudit segment;
        private int count;
        private long position;
        private String first = "";

        WrongEpochs(SegmentAudit segment) {
            this.segment = segment;
        }

        void look(RecordBatch batch) {
            EpochSpan span = EpochSpan.at(batch.baseOffset(), epochs.startOffsets());
            boolean isUnknown = !epochs.isChecked() && epochs.latest() >= 0 && span.epoch() != batch.leaderEpoch();
            if ((isUnknown || span.isContradictedBy(batch)) && count++ == 0) {
                position = segment.validBytes();
                first = "offset " + batch.baseOffset() + " is of leader epoch " + batch.leaderEpoch()
                        + " in the log, and of " + span.epoch();
            }
        }

        /** What has a checksum is right. */
        void report() {
            if (count == 0) {
                return;
            }
            String more = count == 1 ? "" : ", and so are " + (count - 1) + " more batches of the segment";
            defects.add(
                    epochs.isChecked()
                            ? LogDefect.of(
                                    Part.LEADER_EPOCHS,
                                    segment.logName(),
                                    position,
                                    first + " by " + LeaderEpochs.FILE_NAME + more)
                            : LogDefect.of(
                                    Part.LEADER_EPOCHS, LeaderEpochs.KAFKA_FILE_NAME, 0, first + " here" + more));
        }
    }
}
