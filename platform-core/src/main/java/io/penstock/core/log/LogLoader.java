package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.segment.BatchRun;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.log.segment.SegmentTail;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a log's directory has when it is opened: claims it for the topic, removes leftovers, takes each segment into use
 * and has repaired what can be.
 */
record LogLoader(
        LogDirectory directory,
        SegmentList segments,
        LeaderEpochs epochs,
        LogProducers producers,
        LogRecovery recovery) {

    private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);
    private static final Pattern LOG_FILE = Pattern.compile("0[0-8]\\d{18}\\.log");

    static LogLoader load(
            LogDirectory dataDirectory,
            TopicPartition partition,
            UUID topicId,
            LogSettings settings,
            LogKnowledge known,
            long nowMs)
            throws IOException {
        LogDirectory directory = dataDirectory.child(partition.toString());
        dataDirectory.force();
        PartitionMetadata.claim(directory, partition, topicId);
        SegmentFactory factory = new SegmentFactory(directory, settings, nowMs);
        List<LogSegment> segments = new ArrayList<>();
        try {
            SegmentSwap.complete(directory);
            removeLeftovers(directory);
            LogTraces traces = LogTraces.read(directory);
            for (long baseOffset : baseOffsetsOf(directory.list())) {
                segments.add(factory.open(baseOffset));
            }
            if (segments.isEmpty()) {
                segments.add(factory.open(known.startOffset()));
            }
            directory.force();
            LogRepair repair = new LogRepair(factory, segments, known, traces);
            repair.run();
            removeOrphans(directory);
            LeaderEpochs epochs = LeaderEpochs.read(directory);
            String defect = settle(epochs, segments, repair.begun());
            if (!defect.isEmpty()) {
                LOG.warn("the leader epochs of {} were built again: {}", directory.path(), defect);
            }
            for (LogSegment suspect : List.copyOf(segments)) {
                if (known.isSuspect(suspect.baseOffset())) {
                    correctEpochs(factory, segments, suspect, epochs.startOffsets());
                }
            }
            SegmentList all = new SegmentList(segments);
            return new LogLoader(
                    directory, all, epochs, LogProducers.load(directory, all, nowMs), repair.result(!defect.isEmpty()));
        } catch (IOException | RuntimeException e) {
            segments.forEach(segment -> segment.close(() -> {}));
            throw e;
        }
    }

    /** Removes what is left over from interrupted deletions and checkpoints. */
    private static void removeLeftovers(LogDirectory directory) throws IOException {
        directory.deleteIf(
                name -> name.endsWith(LogSegment.DELETED_SUFFIX) || name.endsWith(Checkpoint.TEMPORARY_SUFFIX));
    }

    /** Removes indexes without a log file, when what they tell of the log was heeded: for good, so that they tell it once. */
    private static void removeOrphans(LogDirectory directory) throws IOException {
        List<String> names = directory.list();
        if (directory.deleteIf(name -> LogTraces.isOrphan(name, names))) {
            directory.force();
        }
    }

    /** Those of the segments among the names of files, in order. */
    static List<Long> baseOffsetsOf(List<String> names) {
        return names.stream()
                .filter(name -> LOG_FILE.matcher(name).matches())
                .map(name -> Long.parseLong(name.substring(0, name.length() - LogSegment.LOG_SUFFIX.length())))
                .sorted()
                .toList();
    }

    /**
     * Brings the epochs to what the batches say: without those that were cut, and, where they come from Kafka's file alone, with
     * those behind the recovery point. If they are not true of the last batch, nor of another, all are taken from the batches; so
     * they are if their file is damaged, and its copy is not true of all.
     *
     * @return why they were, or an empty string
     */
    private static String settle(
            LeaderEpochs epochs, List<LogSegment> segments, NavigableMap<Integer, Long> begunBehindPoint)
            throws IOException {
        long end = segments.get(segments.size() - 1).tail().nextOffset();
        // before anything is written: that has a checksum, and would be believed
        String refutation = refutation(epochs, segments, begunBehindPoint, end);
        if (!refutation.isEmpty()) {
            epochs.become(scanEpochs(segments));
            return refutation;
        }
        epochs.truncateTo(end);
        epochs.store();
        return epochs.isDamaged() ? LeaderEpochs.FILE_NAME + " is damaged, and its copy is true" : "";
    }

    private static String refutation(
            LeaderEpochs epochs, List<LogSegment> segments, NavigableMap<Integer, Long> begunBehindPoint, long end)
            throws IOException {
        RecordBatch last = lastBatch(segments);
        if (last == null) {
            return "";
        }
        if (epochs.latest() < 0) {
            return "there were none";
        }
        if (epochs.isDamaged()) {
            return isTrueOfAll(epochs, segments)
                    ? ""
                    : LeaderEpochs.FILE_NAME + " is damaged, and its copy is not true of all batches";
        }
        if (!epochs.isChecked()) {
            epochs.truncateTo(end);
            for (Map.Entry<Integer, Long> epoch : begunBehindPoint.entrySet()) {
                epochs.begin(epoch.getKey(), epoch.getValue());
            }
        }
        long lastOffset = last.baseOffset();
        int said = epochs.epochAt(lastOffset);
        if (said == last.leaderEpoch()) {
            return "";
        }
        String difference =
                "offset " + lastOffset + " is of epoch " + last.leaderEpoch() + ", and was of " + said + " here";
        if (isContradictedBefore(lastOffset, epochs, scanEpochs(segments))) {
            return difference;
        }
        LOG.warn(
                "the leader epochs of {} are believed: only the last batch says otherwise, {}",
                segments.get(0),
                difference);
        return "";
    }

    private static boolean isTrueOfAll(LeaderEpochs epochs, List<LogSegment> segments) throws IOException {
        for (LogSegment segment : segments) {
            if (hasAny(segment, batch -> epochs.epochAt(batch.baseOffset()) != batch.leaderEpoch())) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasAny(LogSegment segment, Predicate<RecordBatch> which) throws IOException {
        BatchScan scan = segment.scan(0);
        while (scan.next()) {
            if (which.test(scan.batch())) {
                return true;
            }
        }
        return false;
    }

    /** No checksum covers the epoch of a batch, so one that stands alone is not believed: a wrong one could fence the leader. */
    private static boolean isContradictedBefore(
            long lastOffset, LeaderEpochs epochs, NavigableMap<Integer, Long> found) {
        return found.entrySet().stream()
                .anyMatch(epoch -> epoch.getValue() < lastOffset && epochs.epochAt(epoch.getValue()) != epoch.getKey());
    }

    /** Writes a segment anew, if batches in it have a leader epoch that the log has not noted for them. */
    private static void correctEpochs(
            SegmentFactory factory,
            List<LogSegment> segments,
            LogSegment segment,
            NavigableMap<Integer, Long> startOffsets)
            throws IOException {
        if (!hasAny(
                segment, batch -> EpochSpan.at(batch.baseOffset(), startOffsets).isContradictedBy(batch))) {
            return;
        }
        LogSegment corrected = factory.createCleaned(segment.baseOffset());
        try {
            SegmentTail tail = segment.tail();
            BatchRun all = new BatchRun(0, tail.sizeInBytes(), segment.baseOffset(), tail.nextOffset());
            corrected.append(segment, all, batch -> {
                EpochSpan span = EpochSpan.at(batch.baseOffset(), startOffsets);
                if (span.isContradictedBy(batch)) {
                    batch.setLeaderEpoch(span.epoch());
                }
            });
            corrected.seal();
            SegmentSwap.replace(
                    factory.directory(),
                    List.of(segment),
                    corrected,
                    () -> segments.set(segments.indexOf(segment), corrected));
        } finally {
            if (!segments.contains(corrected)) {
                corrected.close(() -> {});
            }
        }
    }

    private static @Nullable RecordBatch lastBatch(List<LogSegment> segments) throws IOException {
        RecordBatch last = null;
        for (int i = segments.size() - 1; i >= 0 && last == null; i--) {
            last = segments.get(i).lastBatch();
        }
        return last;
    }

    private static NavigableMap<Integer, Long> scanEpochs(List<LogSegment> segments) throws IOException {
        NavigableMap<Integer, Long> begun = new TreeMap<>();
        for (LogSegment segment : segments) {
            BatchScan scan = segment.scan(0);
            while (scan.next()) {
                LogRepair.noteEpoch(begun, scan.batch());
            }
        }
        return begun;
    }
}
