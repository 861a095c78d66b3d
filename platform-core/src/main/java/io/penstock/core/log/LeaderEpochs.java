package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * At which offset each leader epoch of a log began, kept in two files. {@code leader-epochs} is what is believed:
 *
 * <pre>
 * 0                          the version
 * 0 0                        an epoch and its start offset, both ascending
 * 3 1041
 * crc32c 8a9136aa            CRC-32C of the bytes before this line
 * </pre>
 *
 * {@code leader-epoch-checkpoint} is a copy as Kafka writes it, which can't have a checksum: Kafka's tools take no other line.
 *
 * <pre>
 * 0                          the version
 * 2                          the number of entries
 * 0 0                        the entries
 * 3 1041
 * </pre>
 *
 * It is written behind the first, and read where that is missing, as in a directory of Kafka's, or damaged. A change is on disk
 * before it is in memory. Changed by the log's one writer, read by any thread: the map is replaced, never changed.
 */
final class LeaderEpochs {

    static final String FILE_NAME = "leader-epochs";
    static final String KAFKA_FILE_NAME = "leader-epoch-checkpoint";

    private static final String VERSION = "0";
    private static final int NO_EPOCH = -1;

    private final LogDirectory directory;
    private final boolean isChecked;
    private final boolean isDamaged;
    private boolean isStored;
    private volatile NavigableMap<Integer, Long> startOffsets;

    private LeaderEpochs(LogDirectory directory, Content own, Content copy) {
        this.directory = directory;
        this.isChecked = own.isGood();
        this.isDamaged = own.isThere && !own.isGood();
        this.isStored = own.isGood() && own.equals(copy);
        this.startOffsets = own.isGood() ? own.entries : copy.entries;
    }

    /** Reads the files. If both are missing or damaged there are no entries: they can be had from the batches. */
    static LeaderEpochs read(LogDirectory directory) throws IOException {
        return new LeaderEpochs(directory, own(directory), copy(directory));
    }

    /** What is wrong with the files, by their names. Where only Kafka's is there, nothing is missing. */
    static Map<String, String> defects(LogDirectory directory) throws IOException {
        Content own = own(directory);
        Content copy = copy(directory);
        Map<String, String> defects = new LinkedHashMap<>();
        if (own.isThere && !own.isGood()) {
            defects.put(FILE_NAME, own.defect);
        }
        if (!copy.isGood()) {
            defects.put(KAFKA_FILE_NAME, copy.defect);
        } else if (own.isGood() && !own.equals(copy)) {
            defects.put(KAFKA_FILE_NAME, "it does not say what " + FILE_NAME + " says");
        }
        return defects;
    }

    /** @param defect empty if the file is as it should be */
    private record Content(boolean isThere, String defect, NavigableMap<Integer, Long> entries) {

        static final Content MISSING = new Content(false, "it is missing or empty", new TreeMap<>());

        static Content damaged(IllegalArgumentException e) {
            return new Content(true, String.valueOf(e.getMessage()), new TreeMap<>());
        }

        boolean isGood() {
            return defect.isEmpty();
        }
    }

    private static Content own(LogDirectory directory) throws IOException {
        if (!directory.exists(FILE_NAME)) {
            return Content.MISSING;
        }
        try {
            List<String> lines = Checkpoint.readChecked(directory, FILE_NAME);
            if (lines.isEmpty() || !lines.get(0).equals(VERSION)) {
                throw new IllegalArgumentException("it is not of version " + VERSION);
            }
            return new Content(true, "", entries(lines.subList(1, lines.size())));
        } catch (IllegalArgumentException e) {
            return Content.damaged(e);
        }
    }

    private static Content copy(LogDirectory directory) throws IOException {
        List<String> lines = Checkpoint.read(directory, KAFKA_FILE_NAME);
        if (lines.isEmpty()) {
            return Content.MISSING;
        }
        try {
            if (lines.size() < 2
                    || !lines.get(0).equals(VERSION)
                    || Integer.parseInt(lines.get(1)) != lines.size() - 2) {
                throw new IllegalArgumentException(
                        "version and number of entries do not fit " + lines.size() + " lines");
            }
            return new Content(true, "", entries(lines.subList(2, lines.size())));
        } catch (IllegalArgumentException e) {
            return Content.damaged(e);
        }
    }

    private static NavigableMap<Integer, Long> entries(List<String> lines) {
        NavigableMap<Integer, Long> entries = new TreeMap<>();
        for (String line : lines) {
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

    /** Whether they come from the file that has a checksum: batches, which have none of their epoch, do not refute them. */
    boolean isChecked() {
        return isChecked;
    }

    /** Whether that file was damaged, so that the copy is all there is. */
    boolean isDamaged() {
        return isDamaged;
    }

    /** Writes the files, if they do not have these entries. */
    void store() throws IOException {
        if (!isStored && !startOffsets.isEmpty()) {
            replace(startOffsets);
        }
    }

    /** Where each epoch begins now; does not change. */
    NavigableMap<Integer, Long> startOffsets() {
        return startOffsets;
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
        return EpochSpan.at(offset, startOffsets).epoch();
    }

    /** Takes others for them, which were found in the batches. */
    void become(NavigableMap<Integer, Long> found) throws IOException {
        replace(found);
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

    private void replace(NavigableMap<Integer, Long> changed) throws IOException {
        List<String> entries = new ArrayList<>(changed.size());
        changed.forEach((epoch, startOffset) -> entries.add(epoch + " " + startOffset));
        isStored = false;
        Checkpoint.writeChecked(directory, FILE_NAME, withHead(List.of(VERSION), entries));
        // from here on it is what a start believes, whatever becomes of the copy
        startOffsets = changed;
        List<String> head = List.of(VERSION, Integer.toString(changed.size()));
        Checkpoint.write(directory, KAFKA_FILE_NAME, withHead(head, entries));
        isStored = true;
    }

    private static List<String> withHead(List<String> head, List<String> entries) {
        List<String> lines = new ArrayList<>(head);
        lines.addAll(entries);
        return lines;
    }
}
