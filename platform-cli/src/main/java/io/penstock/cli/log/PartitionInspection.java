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
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/**
 * One partition's log.
 *
 * @param point what the data directory says is on the device
 */
record PartitionInspection(LogDirectory dataDirectory, TopicPartition partition, RecoveryPoint point)
        implements LogInspection {

    private static final UUID NO_ID = new UUID(0, 0);

    @Override
    public LogAudit audit() throws IOException {
        return audit(dataDirectory, point);
    }

    private LogAudit audit(LogDirectory parent, RecoveryPoint known) throws IOException {
        return LogAudit.of(parent.child(partition.toString()), known, LogSettings.DEFAULTS.indexIntervalBytes());
    }

    @Override
    public Outcome rehearseStart() throws IOException {
        long start = PartitionOffsetFile.LOG_START_OFFSETS.read(dataDirectory).getOrDefault(partition, 0L);
        return Rehearsal.of(dataDirectory, directory -> open(directory, List.of(), start));
    }

    @Override
    public Outcome rehearseRepair(List<LogDefect> defects) throws IOException {
        return Rehearsal.of(dataDirectory, directory -> open(directory, defects, 0));
    }

    @Override
    public Outcome repair(List<LogDefect> defects) throws IOException {
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
            String refusal = "fails to open the partition: " + e.getMessage();
            return new Outcome(refusal, nothing, start, List.of(), audit().defects(), point, List.of());
        }
        List<String> files = parent.child(partition.toString()).list();
        return new Outcome("", recovery, logStart, files, audit(parent, end).defects(), end, List.of());
    }
}
