package io.penstock.cli.log;

import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogAudit;
import io.penstock.core.log.LogDefect;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.PartitionOffsetFile;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.RehearsalDirectory;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/**
 * One partition's log, audited as it lies there, and opened as a broker would, or repaired: on a rehearsal of the directory,
 * which changes nothing, or on the directory itself.
 *
 * @param point what the data directory says is on the device
 */
record PartitionInspection(LogDirectory dataDirectory, TopicPartition partition, RecoveryPoint point) {

    private static final UUID NO_ID = new UUID(0, 0);

    /**
     * What opening did and left.
     *
     * @param refusal why the log could not be opened; empty if it was
     * @param logStart where the log begins then
     * @param files the names of the partition's files then
     * @param left what an audit finds afterwards
     * @param point where the log ends
     */
    record Outcome(
            String refusal,
            LogRecovery recovery,
            long logStart,
            List<String> files,
            List<LogDefect> left,
            RecoveryPoint point) {}

    LogAudit audit() throws IOException {
        return audit(dataDirectory, point);
    }

    private LogAudit audit(LogDirectory parent, RecoveryPoint known) throws IOException {
        return LogAudit.of(parent.child(partition.toString()), known, LogSettings.DEFAULTS.indexIntervalBytes());
    }

    /** What the broker will do at its next start. */
    Outcome rehearseStart() throws IOException {
        return rehearse(
                List.of(),
                PartitionOffsetFile.LOG_START_OFFSETS.read(dataDirectory).getOrDefault(partition, 0L));
    }

    /** What {@link #repair} would do. */
    Outcome rehearseRepair(List<LogDefect> defects) throws IOException {
        return rehearse(defects, 0);
    }

    private Outcome rehearse(List<LogDefect> defects, long start) throws IOException {
        Silence silence = new Silence();
        silence.begin();
        try (Scratch scratch = new Scratch()) {
            return open(RehearsalDirectory.of(dataDirectory, scratch.directory()), defects, start);
        } finally {
            silence.end();
        }
    }

    /** Changes the files. */
    Outcome repair(List<LogDefect> defects) throws IOException {
        return open(dataDirectory, defects, 0);
    }

    /** @param start where the log is noted to begin: what is before it goes */
    private Outcome open(LogDirectory parent, List<LogDefect> defects, long start) throws IOException {
        LogRecovery recovery;
        long logStart;
        RecoveryPoint end;
        try {
            UUID id = PartitionLog.topicIdOf(parent, partition.toString());
            PartitionLog log = PartitionLog.openRepairing(
                    parent,
                    partition,
                    id == null ? NO_ID : id,
                    LogSettings.DEFAULTS,
                    point,
                    defects,
                    System.currentTimeMillis());
            log.startAt(start, System.currentTimeMillis());
            logStart = log.snapshot().logStartOffset();
            log.close();
            recovery = log.recovery();
            end = log.recoveryPoint();
        } catch (IOException | PenstockException e) {
            LogRecovery nothing = LogRecovery.uneventful(0);
            return new Outcome(String.valueOf(e.getMessage()), nothing, start, List.of(), audit().defects(), point);
        }
        List<String> files = parent.child(partition.toString()).list();
        return new Outcome("", recovery, logStart, files, audit(parent, end).defects(), end);
    }
}
