package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of a data directory that has a {@link RecoveryPoint} for each of its partitions:
 *
 * <pre>
 * 0                           the version
 * orders 3 1041 1000 52311    topic, partition, offset, base offset of the segment, position in it
 * crc32c 8a9136aa             CRC-32C of the bytes before this line
 * </pre>
 *
 * Replaced as a whole. One that is missing or damaged says nothing, so that everything is read.
 */
public enum RecoveryPointFile {
    /**
     * Where each log was when its broker closed it. Written last, and removed, durably, before any log is opened: after a
     * crash there must not be one of an earlier stop.
     */
    CLEAN_SHUTDOWN(".clean-shutdown", true),

    /** What was known to be on the device while the broker ran. */
    RECOVERY_POINTS("recovery-points", false);

    private static final Logger LOG = LoggerFactory.getLogger(RecoveryPointFile.class);
    private static final String VERSION = "0";
    private static final int FIELDS = 5;

    private final String fileName;
    private final boolean isClean;

    RecoveryPointFile(String fileName, boolean isClean) {
        this.fileName = fileName;
        this.isClean = isClean;
    }

    /** Its name in the data directory. */
    public String fileName() {
        return fileName;
    }

    /** The points that the file has; empty if there is no such file, or if it is damaged, of which the log is told. */
    public Optional<Map<TopicPartition, RecoveryPoint>> read(LogDirectory dataDirectory) throws IOException {
        if (!dataDirectory.exists(fileName)) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(Checkpoint.readChecked(dataDirectory, fileName)));
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "{}/{} is damaged and is taken as missing, so that logs are read from their beginning: {}",
                    dataDirectory.path(),
                    fileName,
                    e.getMessage());
            return Optional.empty();
        }
    }

    /** What is wrong with the file, or an empty string; one that is missing has nothing wrong. */
    public String defect(LogDirectory dataDirectory) throws IOException {
        if (!dataDirectory.exists(fileName)) {
            return "";
        }
        try {
            parse(Checkpoint.readChecked(dataDirectory, fileName));
            return "";
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private Map<TopicPartition, RecoveryPoint> parse(List<String> lines) {
        if (lines.isEmpty() || !lines.get(0).equals(VERSION)) {
            throw new IllegalArgumentException("it is not of version " + VERSION);
        }
        Map<TopicPartition, RecoveryPoint> points = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.split(" ", -1);
            if (fields.length != FIELDS) {
                throw new IllegalArgumentException("'" + line + "' has not " + FIELDS + " fields");
            }
            RecoveryPoint point = new RecoveryPoint(
                    Long.parseLong(fields[2]), Long.parseLong(fields[3]), Integer.parseInt(fields[4]), isClean);
            points.put(new TopicPartition(fields[0], Integer.parseInt(fields[1])), point);
        }
        return points;
    }

    /** Replaces the file, durably. */
    public void write(LogDirectory dataDirectory, Map<TopicPartition, RecoveryPoint> points) throws IOException {
        List<String> lines = new ArrayList<>(points.size() + 1);
        lines.add(VERSION);
        points.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.<TopicPartition>naturalOrder()))
                .forEach(entry -> lines.add(line(entry.getKey(), entry.getValue())));
        Checkpoint.writeChecked(dataDirectory, fileName, lines);
    }

    private static String line(TopicPartition partition, RecoveryPoint point) {
        return partition.topic() + " " + partition.partition() + " " + point.offset() + " " + point.segmentBaseOffset()
                + " " + point.position();
    }

    /** Removes the file, durably, if there is one. */
    public void remove(LogDirectory dataDirectory) throws IOException {
        if (dataDirectory.exists(fileName)) {
            dataDirectory.delete(fileName);
            dataDirectory.force();
        }
    }
}
