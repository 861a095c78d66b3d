package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.DeletedSegments;
import io.penstock.core.log.LogCompaction;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.Retention;
import io.penstock.core.log.SegmentExtent;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.DeleteRecords;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition that this broker holds. Made without touching the disk; its log is opened when it is first needed, on
 * the thread that needs it. Methods say whether they block; the others may be called from an event loop.
 */
public final class Partition {

    private static final Logger LOG = LoggerFactory.getLogger(Partition.class);

    private final StorageContext context;
    private final TopicPartition name;
    private final UUID topicId;
    private final int leaderEpoch;
    private final Volume volume;
    private final StrayDirectories strays;
    private final PartitionCheckpoint checkpoints;
    private final PartitionAppender appender;

    /** Held while the log is opened, written, closed or deleted; after {@link #flushing} if both are. */
    final Object writing = new Object();

    /** Held while the log is forced. */
    final Object flushing = new Object();

    private volatile TopicSettings settings;
    private volatile @Nullable PartitionLog log;
    private volatile @Nullable ErrorCode ended;

    /** Guarded by {@link #writing}: whether the log was closed without being in good order. */
    private boolean isInDoubt;

    /** Guarded by {@link #writing}; null once it is off the disk. */
    private @Nullable Partition predecessor;

    /**
     * @param strays sets aside what lies in the way
     * @param predecessor a partition of the same name that must be off the disk before this one is opened
     */
    Partition(
            StorageContext context,
            TopicRecord topic,
            int partition,
            TopicSettings settings,
            StrayDirectories strays,
            @Nullable Partition predecessor) {
        this.context = context;
        this.name = new TopicPartition(topic.name(), partition);
        this.topicId = topic.id();
        this.leaderEpoch = topic.partitions().get(partition).leaderEpoch();
        this.settings = settings;
        this.strays = strays;
        this.predecessor = predecessor;
        this.volume = context.volumes().place(name);
        this.checkpoints = new PartitionCheckpoint(this, context.forcers());
        this.appender = new PartitionAppender(this, context);
    }

    public TopicPartition name() {
        return name;
    }

    Volume volume() {
        return volume;
    }

    public UUID topicId() {
        return topicId;
    }

    public int leaderEpoch() {
        return leaderEpoch;
    }

    /** What holds for it now. Changes while it is in use. */
    public TopicSettings settings() {
        return settings;
    }

    /** Takes other settings; they hold from the next turn of the appender on. Does not block. */
    void configure(TopicSettings newSettings) {
        settings = newSettings;
    }

    /**
     * Compares the epoch that a client believes in, unless it is -1.
     *
     * @throws PenstockException FENCED_LEADER_EPOCH if it is older, UNKNOWN_LEADER_EPOCH if it is newer
     */
    public void ensureEpoch(int epoch) {
        if (epoch >= 0 && epoch != leaderEpoch) {
            throw new PenstockException(
                    epoch < leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH,
                    "the leader epoch of " + name + " is " + leaderEpoch + ", the request says " + epoch);
        }
    }

    /** Hands a batch to the partition's appender, which owns it from here on. */
    public void append(PendingAppend append) {
        appender.append(append);
    }

    /**
     * The log, opened now if it was not. May block.
     *
     * @throws PenstockException UNKNOWN_TOPIC_ID if the topic was deleted, BROKER_CLOSING if the broker stops,
     *     STORAGE_ERROR or STORAGE_FULL if the log can't be opened or has failed
     */
    public PartitionLog log() {
        PartitionLog open = log;
        if (open == null) {
            open = open();
        }
        ensureUsable(open);
        return open;
    }

    /**
     * Asks the log something, and leaves it open only if it was: whoever looks at all partitions must not make the broker
     * hold the files of all. May block.
     *
     * @param question must not keep the log
     * @throws PenstockException as {@link #log()}
     */
    public <T> T look(Function<PartitionLog, T> question) {
        if (log == null) {
            synchronized (writing) {
                if (log == null) {
                    return lookIntoClosed(question);
                }
            }
        }
        return question.apply(log());
    }

    private <T> T lookIntoClosed(Function<PartitionLog, T> question) {
        // nobody else sees it: a reader that parked on it would never be woken
        PartitionLog opened = openNow();
        try {
            return question.apply(opened);
        } finally {
            isInDoubt = !closeFiles(opened);
        }
    }

    /** The log if it is open. */
    public @Nullable PartitionLog openLog() {
        return log;
    }

    /** Why the partition can't be used, or null if it can. */
    public @Nullable PenstockException failure() {
        ErrorCode code = ended;
        if (code != null) {
            return failureOf(code);
        }
        PenstockException outOfService = volume.failure();
        if (outOfService != null) {
            return outOfService;
        }
        PartitionLog open = log;
        return open == null ? null : open.outOfUse();
    }

    private void ensureUsable(@Nullable PartitionLog open) {
        ErrorCode code = ended;
        if (code != null) {
            throw failureOf(code);
        }
        volume.ensureUsable();
        PenstockException outOfUse = open == null ? null : open.outOfUse();
        if (outOfUse != null) {
            throw new PenstockException(outOfUse.code(), outOfUse.getMessage(), outOfUse);
        }
    }

    private PenstockException failureOf(ErrorCode code) {
        return new PenstockException(
                code,
                code == ErrorCode.UNKNOWN_TOPIC_ID
                        ? "topic " + name.topic() + " with id " + topicId + " was deleted"
                        : "the broker is shutting down");
    }

    private PartitionLog open() {
        synchronized (writing) {
            PartitionLog open = log;
            if (open != null) {
                return open;
            }
            open = openNow();
            log = open;
            return open;
        }
    }

    private PartitionLog openNow() {
        ensureUsable(null);
        deletePredecessor();
        long startNanos = context.metrics().start();
        PartitionLog opened = openOrSetStrayAside();
        opened.startAt(volume.notes().logStart(name), context.clock().millis());
        // all of it was committed as far as one replica can tell, once it is on the device
        opened.advanceHighWatermark(opened.flush());
        // whoever wants one of its files now is one of many that look at every log, or opens it again
        opened.rest();
        tellOf(opened, startNanos);
        return opened;
    }

    private void tellOf(PartitionLog opened, long startNanos) {
        LogRecovery recovery = opened.recovery();
        context.metrics().recovered(startNanos, recovery);
        if (!recovery.isUneventful()) {
            context.events().accept(new StorageEvent.LogRecovered(volume.path(), name, recovery));
        }
    }

    private void deletePredecessor() {
        Partition before = predecessor;
        if (before != null) {
            before.delete();
            predecessor = null;
        }
    }

    private PartitionLog openOrSetStrayAside() {
        try {
            return openFiles();
        } catch (PenstockException e) {
            if (e.code() != ErrorCode.INCONSISTENT_TOPIC_ID) {
                throw e;
            }
            strays.setAside(volume, name, e);
            return openFiles();
        }
    }

    private PartitionLog openFiles() {
        return PartitionLog.open(
                volume.files(),
                name,
                topicId,
                settings.logSettings(),
                volume.recoveryPoint(name),
                volume.notes().logStart(name),
                context.clock().millis());
    }

    /**
     * Makes everything durable that is in the log, with its indexes, and notes the place as known. Does nothing if the log is not
     * open, or can't be used. Blocks.
     *
     * @throws PenstockException STORAGE_ERROR if the log has failed
     */
    void checkpoint() {
        synchronized (flushing) {
            PartitionLog open = log;
            if (open != null && failure() == null) {
                volume.advance(name, open.checkpoint());
            }
        }
    }

    PartitionCheckpoint checkpoints() {
        return checkpoints;
    }

    /** How many bytes of batches of an open log the next start would read after a crash now. */
    long bytesBehindPoint(PartitionLog open) {
        return open.bytesBehind(volume.storedPoint(name));
    }

    /**
     * Deletes its first records. Blocks.
     *
     * @param beforeOffset the first offset that stays, or {@link DeleteRecords#HIGH_WATERMARK}
     * @throws PenstockException OFFSET_OUT_OF_RANGE above the high watermark, and what {@link #log()} throws
     */
    StorageEvent.RecordsDeleted deleteRecords(long beforeOffset) {
        PartitionLog open = log();
        long mark = open.snapshot().highWatermark();
        if (beforeOffset < DeleteRecords.HIGH_WATERMARK) {
            throw new PenstockException(ErrorCode.OFFSET_OUT_OF_RANGE, beforeOffset + " is not an offset of " + name);
        }
        return deleteBefore(open, beforeOffset == DeleteRecords.HIGH_WATERMARK ? mark : beforeOffset);
    }

    /** Deletes what is too old or too much, by its settings; null if nothing is. Blocks. */
    StorageEvent.@Nullable RecordsDeleted retain(long nowMs) {
        rollIfDue(nowMs);
        PartitionLog open = log();
        List<SegmentExtent> extents = open.extents();
        long start = settings.retention().newStart(extents, open.snapshot(), nowMs);
        // also when all records were deleted on request while their segment was the active one
        boolean isAnyObsolete = extents.size() > 1 && extents.get(1).baseOffset() <= start;
        return isAnyObsolete ? deleteBefore(open, start) : null;
    }

    /** Ends the active segment if it has waited for too long, or if all that it has should go. Blocks. */
    void rollIfDue(long nowMs) {
        PartitionLog open = log();
        List<SegmentExtent> extents = open.extents();
        Retention retention = settings.retention();
        if (open.activeSegmentAgeMs(nowMs) > settings.get(TopicSettings.SEGMENT_MS)
                || retention.isActiveExpired(extents.get(extents.size() - 1), nowMs)) {
            synchronized (writing) {
                open.roll(nowMs);
            }
        }
    }

    private StorageEvent.RecordsDeleted deleteBefore(PartitionLog open, long offset) {
        synchronized (flushing) {
            if (open.flushedOffset() < offset) {
                // the log must not end before its start after a power cut
                open.flush();
            }
        }
        long start;
        synchronized (writing) {
            open.deleteBefore(offset);
            start = open.snapshot().logStartOffset();
        }
        // before anything goes: a restart must not find the log with a hole
        volume.notes().noteLogStarts(Map.of(name, start));
        DeletedSegments deleted;
        synchronized (writing) {
            deleted = open.deleteObsoleteSegments();
        }
        long bytes = deleted.sizeInBytes();
        deleted.release();
        return new StorageEvent.RecordsDeleted(name, start, deleted.count(), bytes);
    }

    /** Forgets idempotent producers that have been silent for so long, if the log is open. Blocks. */
    void expireProducers(long nowMs, long expirationMs) {
        synchronized (writing) {
            PartitionLog open = log;
            if (open != null && failure() == null) {
                open.expireProducers(nowMs, expirationMs);
            }
        }
    }

    /** Up to where the log was compacted. */
    long compactedTo() {
        return volume.notes().compactedTo(name);
    }

    /** Remembers up to where the log was compacted, also after a restart. Blocks. */
    void noteCompactedTo(long offset) {
        volume.notes().noteCompactedTo(name, offset);
    }

    /**
     * Makes sure that a restart goes by a recovery point behind everything that can be compacted now: it would take a
     * compacted segment for a damaged one otherwise. Blocks.
     *
     * @throws PenstockException STORAGE_FULL or STORAGE_ERROR if the point can't be written
     */
    void prepareCompaction() {
        checkpoint();
        try {
            if (!volume.storePoints()) {
                throw new PenstockException(
                        ErrorCode.STORAGE_FULL, "no room in " + volume.path() + " for a recovery point of " + name);
            }
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.STORAGE_ERROR, "the recovery point of " + name + " can't be written: " + e, e);
        }
    }

    /** Puts a compacted segment into place. Blocks. */
    void swap(LogCompaction compaction) {
        synchronized (writing) {
            ensureUsable(log);
            compaction.swap();
        }
    }

    /** Takes the log out of use because its volume is. Does not block. */
    void giveUp(PenstockException why) {
        PartitionLog open = log;
        if (open != null) {
            open.giveUp(why);
        }
    }

    /**
     * Writes what is not on the device yet, and closes the log. Blocks. Appends and reads are refused from now on.
     *
     * @return whether nothing is in doubt, so that the next start may believe in the log as it is
     */
    boolean close() {
        synchronized (flushing) {
            synchronized (writing) {
                PartitionLog open = end(ErrorCode.BROKER_CLOSING);
                return open == null ? !isInDoubt : closeFiles(open);
            }
        }
    }

    private boolean closeFiles(PartitionLog open) {
        open.close();
        RecoveryPoint point = open.recoveryPoint();
        if (point.isClean()) {
            volume.advance(name, point);
        }
        return point.isClean();
    }

    /** Takes the partition off the disk; readers that are in the middle finish first. Blocks. May be called again. */
    void delete() {
        try {
            delete(volume.files().children());
        } catch (IOException e) {
            LOG.warn("{} was deleted, but its directory can't be looked for", name, e);
            delete(List.of());
        }
    }

    /** @param directories the names of all directories that there are, so that many partitions look only once */
    void delete(Collection<String> directories) {
        synchronized (flushing) {
            synchronized (writing) {
                if (ended != null) {
                    return;
                }
                deletePredecessor();
                PartitionLog open = end(ErrorCode.UNKNOWN_TOPIC_ID);
                try {
                    if (open == null && directories.contains(name.toString())) {
                        open = openFiles();
                    }
                    volume.forget(List.of(name));
                    if (open != null) {
                        open.delete();
                    }
                } catch (IOException | PenstockException e) {
                    LOG.warn("{} was deleted, but its directory can't be removed: {}", name, e.toString());
                }
                context.volumes().release(name);
            }
        }
    }

    private @Nullable PartitionLog end(ErrorCode why) {
        if (ended == null) {
            ended = why;
        }
        return log;
    }

    @Override
    public String toString() {
        return name.toString();
    }
}
