package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of a data directory that has an offset for some of its partitions:
 *
 * <pre>
 * 0                           the version
 * orders 3 1041               topic, partition, offset
 * crc32c 8a9136aa             CRC-32C of the bytes before this line
 * </pre>
 *
 * Replaced as a whole. One that is missing or damaged has no offsets.
 */
public enum PartitionOffsetFile {
    /** Where logs start that do not start where their first segment does; written before what is before it goes. */
    LOG_START_OFFSETS("log-start-offsets"),

    /** Up to where logs were compacted: where the next compaction begins to look for keys. */
    COMPACTED_OFFSETS("compacted-offsets");

    private static final Logger LOG = LoggerFactory.getLogger(PartitionOffsetFile.class);
    private static final String VERSION = "0";
    private static final int FIELDS = 3;

    private final String fileName;

    PartitionOffsetFile(String fileName) {
        this.fileName = fileName;
    }

    /** Its name in the data directory. */
    public String fileName() {
        return fileName;
    }

    /** The offsets that the file has; none if there is no such file, or if it is damaged, of which the log is told. */
    public Map<TopicPartition, Long> read(LogDirectory dataDirectory) throws IOException {
        if (!dataDirectory.exists(fileName)) {
            return Map.of();
        }
        try {
            return parse(Checkpoint.readChecked(dataDirectory, fileName));
        } catch (IllegalArgumentException e) {
            LOG.warn("{}/{} is damaged and is taken as missing: {}", dataDirectory.path(), fileName, e.getMessage());
            return Map.of();
        }
    }

    private static Map<TopicPartition, Long> parse(List<String> lines) {
        if (lines.isEmpty() || !lines.get(0).equals(VERSION)) {
            throw new IllegalArgumentException("it is not of version " + VERSION);
        }
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.split(" ", -1);
            if (fields.length != FIELDS) {
                throw new IllegalArgumentException("'" + line + "' has not " + FIELDS + " fields");
            }
            offsets.put(new TopicPartition(fields[0], Integer.parseInt(fields[1])), Long.parseLong(fields[2]));
        }
        return offsets;
    }

    /** Replaces the file, durably. */
    public void write(LogDirectory dataDirectory, Map<TopicPartition, Long> offsets) throws IOException {
        List<String> lines = new ArrayList<>(offsets.size() + 1);
        lines.add(VERSION);
        new TreeMap<>(offsets)
                .forEach((partition, offset) ->
                        lines.add(partition.topic() + " " + partition.partition() + " " + offset));
        Checkpoint.writeChecked(dataDirectory, fileName, lines);
    }
}
