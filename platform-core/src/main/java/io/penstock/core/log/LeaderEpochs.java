package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * At which offset each leader epoch of a log began, kept in the {@code leader-epoch-checkpoint} file as Kafka writes it:
 *
 * <pre>
 * 0                          the version
 * 2                          the number of entries
 * 0 0                        an epoch and its start offset, both ascending
 * 3 1041
 * </pre>
 *
 * A change is on disk before it is in memory. Changed by the log's one writer, read by any thread: the map is
 * replaced, never changed.
 */
final class LeaderEpochs {

    private static final Logger LOG = LoggerFactory.getLogger(LeaderEpochs.class);

    static final String FILE_NAME = "leader-epoch-checkpoint";

    private static final String VERSION = "0";
    private static final int NO_EPOCH = -1;

    private final LogDirectory directory;
    private volatile NavigableMap<Integer, Long> startOffsets;

    private LeaderEpochs(LogDirectory directory, NavigableMap<Integer, Long> startOffsets) {
        this.directory = directory;
        this.startOffsets = startOffsets;
    }

    /** Reads the file. One that is missing or damaged has no entries: they can be had from the batches. */
    static LeaderEpochs read(LogDirectory directory) throws IOException {
        List<String> lines = Checkpoint.read(directory, FILE_NAME);
        try {
            return new LeaderEpochs(directory, lines.isEmpty() ? new TreeMap<>() : parse(lines));
        } catch (IllegalArgumentException e) {
            LOG.warn("{}/{} is damaged and will be built again: {}", directory.path(), FILE_NAME, e.getMessage());
            return new LeaderEpochs(directory, new TreeMap<>());
        }
    }

    /** What is wrong with the file, or an empty string. */
    static String defect(LogDirectory directory) throws IOException {
        List<String> lines = Checkpoint.read(directory, FILE_NAME);
        if (lines.isEmpty()) {
            return "it is missing or empty";
        }
        try {
            parse(lines);
            return "";
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * The entries of a file.
     *
     * @throws IllegalArgumentException if it is not of this format
     */
    static NavigableMap<Integer, Long> parse(List<String> lines) {
        if (lines.size() < 2 || !lines.get(0).equals(VERSION) || Integer.parseInt(lines.get(1)) != lines.size() - 2) {
            throw new IllegalArgumentException("version and number of entries do not fit " + lines.size() + " lines");
        }
        NavigableMap<Integer, Long> entries = new TreeMap<>();
        for (String line : lines.subList(2, lines.size())) {
            String[] fields = line.split(" ", -1);
            if (fields.length != 2) {
                throw new IllegalArgumentException("'" + line + "' is not an epoch and an offset");
            }
            int epoch = Integer.parseInt(fields[0]);
            long startOffset = Long.parseLong(fields[1]);
            Map.Entry<Integer, Long> last = entries.lastEntry();
            if (last != null && (epoch <= last.getKey() || startOffset < last.getValue())) {
                throw new IllegalArgumentException("'" + line + "' does not ascend");
            }
            entries.put(epoch, startOffset);
        }
        return entries;
    }

    /** The latest epoch, -1 if there is none. */
    int latest() {
        Map.Entry<Integer, Long> last = startOffsets.lastEntry();
        return last == null ? NO_EPOCH : last.getKey();
    }

    /** Where the latest epoch began, -1 if there is none. */
    long latestStart() {
        Map.Entry<Integer, Long> last = startOffsets.lastEntry();
        return last == null ? -1 : last.getValue();
    }

    /** The epoch to which an offset belongs, -1 if it is before all that are known. */
    int epochAt(long offset) {
        int epoch = NO_EPOCH;
        for (Map.Entry<Integer, Long> entry : startOffsets.entrySet()) {
            if (entry.getValue() <= offset) {
                epoch = entry.getKey();
            }
        }
        return epoch;
    }

    /** Forgets all, until one begins: what was on disk stays until then. */
    void clear() {
        startOffsets = new TreeMap<>();
    }

    /** Notes that an epoch begins at an offset, if it is later than the latest. Epochs that would begin there or after it had no batch. */
    void begin(int epoch, long startOffset) throws IOException {
        if (epoch > latest()) {
            TreeMap<Integer, Long> changed = new TreeMap<>(startOffsets);
            changed.values().removeIf(start -> start >= startOffset);
            changed.put(epoch, startOffset);
            replace(changed);
        }
    }

    /** Forgets the epochs that begin at an offset or after it. */
    void truncateTo(long offset) throws IOException {
        Map.Entry<Integer, Long> last = startOffsets.lastEntry();
        if (last != null && last.getValue() >= offset) {
            TreeMap<Integer, Long> changed = new TreeMap<>(startOffsets);
            changed.values().removeIf(start -> start >= offset);
            replace(changed);
        }
    }

    /** Forgets the epochs that ended at an offset or before it. */
    void startAt(long offset) throws IOException {
        TreeMap<Integer, Long> changed = new TreeMap<>(startOffsets);
        while (changed.size() > 1 && changed.higherEntry(changed.firstKey()).getValue() <= offset) {
            changed.pollFirstEntry();
        }
        if (changed.size() < startOffsets.size()) {
            replace(changed);
        }
    }

    /** Where an epoch ended; Kafka's OffsetForLeaderEpoch. */
    EpochEndOffset endOffsetFor(int epoch, long logEndOffset) {
        NavigableMap<Integer, Long> entries = startOffsets;
        if (entries.isEmpty() || epoch < 0 || epoch > entries.lastKey()) {
            return EpochEndOffset.UNKNOWN;
        }
        if (epoch == entries.lastKey()) {
            return new EpochEndOffset(epoch, logEndOffset);
        }
        Integer known = entries.floorKey(epoch);
        // an epoch before all that are known ended where they begin
        return new EpochEndOffset(
                known == null ? epoch : known, entries.higherEntry(epoch).getValue());
    }

    private void replace(TreeMap<Integer, Long> changed) throws IOException {
        List<String> lines = new ArrayList<>(changed.size() + 2);
        lines.add(VERSION);
        lines.add(Integer.toString(changed.size()));
        changed.forEach((epoch, startOffset) -> lines.add(epoch + " " + startOffset));
        Checkpoint.write(directory, FILE_NAME, lines);
        startOffsets = changed;
    }
}
