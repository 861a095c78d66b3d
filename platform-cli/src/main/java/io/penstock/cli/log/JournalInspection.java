package io.penstock.cli.log;

import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogAudit;
import io.penstock.core.log.LogDefect;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.controller.MetadataImages;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.store.local.StoppedJournal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The metadata journal, judged as the broker judges it: a broker does not start with a damaged one.
 *
 * @param partitions those of the data directory, which may lose their topics
 */
record JournalInspection(LogDirectory dataDirectory, List<TopicPartition> partitions) implements LogInspection {

    @Override
    public LogAudit audit() throws IOException {
        return new StoppedJournal(dataDirectory).audit();
    }

    @Override
    public Outcome rehearseStart() throws IOException {
        return Rehearsal.of(dataDirectory, directory -> start(directory, LogRecovery.uneventful(0)));
    }

    @Override
    public Outcome rehearseRepair(List<LogDefect> defects) throws IOException {
        return Rehearsal.of(dataDirectory, directory -> repair(directory, defects));
    }

    @Override
    public Outcome repair(List<LogDefect> defects) throws IOException {
        return repair(dataDirectory, defects);
    }

    private Outcome repair(LogDirectory directory, List<LogDefect> defects) throws IOException {
        try {
            return start(directory, new StoppedJournal(directory).repair(defects, System.currentTimeMillis()));
        } catch (PenstockException e) {
            return refused(directory, e);
        }
    }

    private Outcome start(LogDirectory directory, LogRecovery recovery) throws IOException {
        StoppedJournal journal = new StoppedJournal(directory);
        try {
            MetadataImage image = MetadataImages.imageOf(journal.start(System.currentTimeMillis()));
            List<String> files =
                    directory.child(StoppedJournal.PARTITION.toString()).list();
            List<LogDefect> left = journal.audit().defects();
            return new Outcome("", recovery, 0, files, left, RecoveryPoint.UNKNOWN, losses(image));
        } catch (PenstockException e) {
            return refused(directory, e);
        }
    }

    private static Outcome refused(LogDirectory directory, PenstockException e) throws IOException {
        return new Outcome(
                "is refused: " + e.getMessage(),
                LogRecovery.uneventful(0),
                0,
                List.of(),
                new StoppedJournal(directory).audit().defects(),
                RecoveryPoint.UNKNOWN,
                List.of());
    }

    private List<String> losses(MetadataImage image) throws IOException {
        Map<String, List<String>> strays = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            UUID topic = PartitionLog.topicIdOf(dataDirectory, partition.toString());
            if (topic != null && !partition.equals(StoppedJournal.PARTITION) && image.topic(topic) == null) {
                strays.computeIfAbsent(partition.topic() + " (id " + topic + ")", name -> new ArrayList<>())
                        .add(partition.toString());
            }
        }
        return strays.entrySet().stream()
                .map(topic -> "topic " + topic.getKey() + ": the metadata do not have it, and the broker's start sets "
                        + String.join(", ", topic.getValue()) + " aside as .stray")
                .toList();
    }
}
