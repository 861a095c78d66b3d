package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

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

    private static final Pattern LOG_FILE = Pattern.compile("0[0-8]\\d{18}\\.log");
    private static final Pattern INDEX_FILE = Pattern.compile("(\\d{20})(\\.index|\\.timeindex)");

    static LogLoader load(
            LogDirectory dataDirectory,
            TopicPartition partition,
            UUID topicId,
            LogSettings settings,
            RecoveryPoint point,
            Set<Long> suspects,
            long nowMs)
            throws IOException {
        LogDirectory directory = dataDirectory.child(partition.toString());
        dataDirectory.force();
        PartitionMetadata.claim(directory, partition, topicId);
        List<LogSegment> segments = new ArrayList<>();
        try {
            SegmentSwap.complete(directory);
            for (long baseOffset : baseOffsets(directory)) {
                segments.add(open(directory, baseOffset, settings, nowMs));
            }
            if (segments.isEmpty()) {
                segments.add(open(directory, 0, settings, nowMs));
            }
            directory.force();
            LogRepair repair = new LogRepair(directory, segments, point, suspects);
            repair.run(baseOffset -> open(directory, baseOffset, settings, nowMs));
            SegmentList all = new SegmentList(segments);
            return new LogLoader(
                    directory,
                    all,
                    epochs(directory, segments, repair.begun()),
                    LogProducers.load(directory, all, nowMs),
                    repair.result());
        } catch (IOException | RuntimeException e) {
            segments.forEach(segment -> segment.close(() -> {}));
            throw e;
        }
    }

    private static LogSegment open(LogDirectory directory, long baseOffset, LogSettings settings, long nowMs)
            throws IOException {
        return LogSegment.open(
                directory, baseOffset, settings.indexIntervalBytes(), settings.segmentIndexBytes(), nowMs);
    }

    /** In order. Removes what is left over from interrupted deletions and checkpoints, and indexes without a log file. */
    private static List<Long> baseOffsets(LogDirectory directory) throws IOException {
        List<String> names = directory.list();
        for (String name : names) {
            if (name.endsWith(LogSegment.DELETED_SUFFIX)
                    || name.endsWith(Checkpoint.TEMPORARY_SUFFIX)
                    || isOrphan(name, names)) {
                directory.delete(name);
            }
        }
        return baseOffsetsOf(names);
    }

    /** Those of the segments among the names of files, in order. */
    static List<Long> baseOffsetsOf(List<String> names) {
        return names.stream()
                .filter(name -> LOG_FILE.matcher(name).matches())
                .map(name -> Long.parseLong(name.substring(0, name.length() - LogSegment.LOG_SUFFIX.length())))
                .sorted()
                .toList();
    }

    private static boolean isOrphan(String name, List<String> names) {
        var index = INDEX_FILE.matcher(name);
        return index.matches() && !names.contains(index.group(1) + LogSegment.LOG_SUFFIX);
    }

    /** What the file has, less what was cut, and more what only the batches have. */
    private static LeaderEpochs epochs(
            LogDirectory directory, List<LogSegment> segments, NavigableMap<Integer, Long> begunBehindPoint)
            throws IOException {
        LeaderEpochs epochs = LeaderEpochs.read(directory);
        epochs.truncateTo(segments.get(segments.size() - 1).tail().nextOffset());
        NavigableMap<Integer, Long> begun = epochs.latest() < 0 ? scanEpochs(segments) : begunBehindPoint;
        for (Map.Entry<Integer, Long> epoch : begun.entrySet()) {
            epochs.begin(epoch.getKey(), epoch.getValue());
        }
        return epochs;
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
