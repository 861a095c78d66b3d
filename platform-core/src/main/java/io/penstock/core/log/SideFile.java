package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The small text files beside the batches and indexes, as far as tools look at them. */
public final class SideFile {

    private static final String REPORT_SUFFIX = ".report";

    private SideFile() {}

    /** The names of those that a partition's directory can have. */
    public static List<String> ofPartition() {
        return List.of(LeaderEpochs.FILE_NAME, LeaderEpochs.KAFKA_FILE_NAME, PartitionMetadata.FILE_NAME);
    }

    /** The names of those that a data directory can have. */
    public static List<String> ofDataDirectory() {
        return Stream.concat(
                        Arrays.stream(RecoveryPointFile.values()).map(RecoveryPointFile::fileName),
                        Arrays.stream(PartitionOffsetFile.values()).map(PartitionOffsetFile::fileName))
                .toList();
    }

    /** Whether a name is that of a side file, or of a report in a quarantine. */
    public static boolean isKnown(String name) {
        return name.endsWith(REPORT_SUFFIX)
                || Stream.concat(ofPartition().stream(), ofDataDirectory().stream())
                        .anyMatch(name::equals);
    }

    /**
     * What is wrong with a file by itself, without the batches that it speaks of.
     *
     * @param name one that {@link #isKnown}, and is there
     * @return what is wrong, or an empty string
     */
    public static String defect(LogDirectory directory, String name) throws IOException {
        if (name.equals(LeaderEpochs.FILE_NAME) || name.equals(LeaderEpochs.KAFKA_FILE_NAME)) {
            return LeaderEpochs.defects(directory).getOrDefault(name, "");
        }
        if (name.equals(PartitionMetadata.FILE_NAME)) {
            return PartitionMetadata.defect(directory);
        }
        Optional<RecoveryPointFile> points = Arrays.stream(RecoveryPointFile.values())
                .filter(file -> file.fileName().equals(name))
                .findFirst();
        return points.isPresent() ? points.get().defect(directory) : Checkpoint.defect(directory, name);
    }
}
