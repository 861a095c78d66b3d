package io.penstock.cli.log;

import io.penstock.core.log.LogDefect;
import io.penstock.core.log.PartitionOffsetFile;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.RecoveryPointFile;
import io.penstock.core.log.SideFile;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.metadata.store.local.StoppedJournal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A data directory's own files, and what they say of its partitions. */
final class DirectoryInspection {

    private static final String META = "meta.properties";

    private final LogTarget target;
    private final LogDirectory files;
    private final Map<TopicPartition, RecoveryPoint> points;

    DirectoryInspection(LogTarget target) throws IOException {
        this.target = target;
        this.files = DiskDirectory.open(target.dataDirectory());
        Optional<Map<TopicPartition, RecoveryPoint>> clean = RecoveryPointFile.CLEAN_SHUTDOWN.read(files);
        this.points = clean.isPresent()
                ? clean.get()
                : RecoveryPointFile.RECOVERY_POINTS.read(files).orElse(Map.of());
    }

    LogDirectory files() {
        return files;
    }

    /** What is known to be on the device. */
    Map<TopicPartition, RecoveryPoint> points() {
        return points;
    }

    LogInspection inspect(TopicPartition partition) {
        return partition.equals(StoppedJournal.PARTITION)
                ? new JournalInspection(files, target.partitions())
                : new PartitionInspection(files, partition, points.getOrDefault(partition, RecoveryPoint.UNKNOWN));
    }

    /** Logs of which nothing is there, not even a directory; none if only a partition is looked at. */
    List<LogDefect> missing() throws IOException {
        if (!target.isWhole()) {
            return List.of();
        }
        Map<TopicPartition, Long> starts = PartitionOffsetFile.LOG_START_OFFSETS.read(files);
        return points.entrySet().stream()
                .filter(known -> !target.partitions().contains(known.getKey()))
                .map(known -> missing(
                        known.getKey(),
                        starts.getOrDefault(known.getKey(), 0L),
                        known.getValue().offset()))
                .sorted(Comparator.comparing(LogDefect::file))
                .toList();
    }

    private static LogDefect missing(TopicPartition partition, long start, long end) {
        return new LogDefect(
                LogDefect.Part.BATCHES,
                partition.toString(),
                0,
                "there is no such directory, and a recovery point knows of its log up to offset " + end,
                Math.min(start, end),
                end,
                0);
    }

    /** The defects of the directory's own files, by what they are defects of. */
    Map<String, String> defects() throws IOException {
        Map<String, String> defects = new LinkedHashMap<>();
        for (String name : SideFile.ofDataDirectory()) {
            String defect = files.exists(name) ? SideFile.defect(files, name) : "";
            if (!defect.isEmpty()) {
                defects.put(name, defect);
            }
        }
        if (target.isWhole()) {
            String defect = metaDefect();
            if (!defect.isEmpty()) {
                defects.put(META, defect);
            }
            if (isJournalMissing()) {
                defects.put(
                        StoppedJournal.PARTITION.toString(),
                        "it is missing, and there are partitions: the broker's next start is refused. Restore it from a copy;"
                                + " to begin without any topic, move the directories of the partitions away");
            }
            String refusal = journalRefusal();
            if (!refusal.isEmpty()) {
                defects.put(StoppedJournal.PARTITION.toString(), "the broker's next start " + refusal);
            }
        }
        return defects;
    }

    /** Where the broker has another data directory, the journal may be there. */
    private boolean isJournalMissing() throws IOException {
        boolean isOnlyDirectory = metaLines().stream().anyMatch(line -> line.matches("directory\\.ids=[^,]+"));
        return isOnlyDirectory
                && target.partitions().stream().anyMatch(partition -> !partition.equals(StoppedJournal.PARTITION))
                && new StoppedJournal(files).isMissing();
    }

    /** Of a journal whose log is whole, and which is no journal all the same. */
    private String journalRefusal() throws IOException {
        if (!target.partitions().contains(StoppedJournal.PARTITION) || isJournalMissing()) {
            return "";
        }
        LogInspection journal = inspect(StoppedJournal.PARTITION);
        return journal.audit().defects().isEmpty() ? journal.rehearseStart().refusal() : "";
    }

    private String metaDefect() throws IOException {
        List<String> lines = metaLines();
        if (lines.isEmpty()) {
            return "it is missing or empty";
        }
        return List.of("version=1", "broker.id=", "cluster.id=").stream()
                .filter(start -> lines.stream().noneMatch(line -> line.startsWith(start)))
                .findFirst()
                .map(start -> "it has no line that begins with " + start)
                .orElse("");
    }

    private List<String> metaLines() throws IOException {
        Path meta = target.dataDirectory().resolve(META);
        return Files.exists(meta)
                ? new String(Files.readAllBytes(meta), StandardCharsets.UTF_8)
                        .lines()
                        .toList()
                : List.of();
    }
}
