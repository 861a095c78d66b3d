package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.compaction.CompactionRules;
import io.penstock.core.log.compaction.OffsetMap;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.log.file.TooManyOpenFilesException;
import io.penstock.core.log.producer.ProducerEntry;
import io.penstock.core.log.producer.SequenceCheck;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.log.segment.SegmentTail;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition: record batches in offset order, in a directory {@code <topic>-<partition>} of segments.
 *
 * <p>Three kinds of callers, on workers that are never interrupted. One writer at a time, which the caller sees to:
 * {@link #append}, {@link #truncateTo}, {@link #close}, {@link #delete}. One {@link #flush()} at a time, beside the
 * writer. Everything else from any thread, at any time. All but {@link #snapshot()}, {@link #signal()} and {@link
 * #advanceHighWatermark} may block for the disk.
 *
 * <p>A failed write is undone, and the log goes on. When that fails too, or a force fails, nobody knows what the disk
 * has: the log has failed for good, everything refuses with {@code STORAGE_ERROR}, and everybody who waits is woken.
 */
public final class PartitionLog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);

    /** Kafka's form of the name of a directory that only waits to be deleted. */
    private static final String DELETED_DIRECTORY_SUFFIX = "-delete";

    private static final int MAX_DIRECTORY_NAME = 255;
    private static final long NO_APPEND_TIME = -1;

    private final LogDirectory dataDirectory;
    private final LogDirectory directory;
    private final TopicPartition partition;
    private final UUID topicId;
    private final LogSegments segments;
    private final LeaderEpochs epochs;
    private final LogProducers producers;
    private final LogRecovery recovery;
    private final LogSignal signal;
    private final LongAdder bytesRead = new LongAdder();

    /** Guards changes of the snapshot and of what is flushed, which come from several threads; never held for the disk. */
    private final Object publishing = new Object();

    private volatile LogSnapshot snapshot;
    private volatile long flushedOffset;
    private volatile RecoveryPoint recoveryPoint;
    private volatile @Nullable PenstockException outOfUse;

    /** Whether that was said. */
    private volatile boolean hasWrongEpochs;

    /** Where the published end lies. */
    private RecoveryPoint end;

    private int truncations;
    private boolean retired;

    private PartitionLog(
            LogDirectory dataDirectory,
            TopicPartition partition,
            UUID topicId,
            LogSettings settings,
            RecoveryPoint point,
            LogLoader loader) {
        this.dataDirectory = dataDirectory;
        this.directory = loader.directory();
        this.partition = partition;
        this.topicId = topicId;
        this.epochs = loader.epochs();
        this.producers = loader.producers();
        this.recovery = loader.recovery();
        this.segments = new LogSegments(directory, settings, loader.segments());
        long start = loader.segments().first().baseOffset();
        long end = loader.segments().active().tail().nextOffset();
        this.snapshot = new LogSnapshot(start, end, start, start, epochs.latest());
        LogSegment active = loader.segments().active();
        boolean isPointInActive = point.segmentBaseOffset() == active.baseOffset() && recovery.indexesRebuilt() == 0;
        this.recoveryPoint =
                isPointInActive ? point : new RecoveryPoint(active.baseOffset(), active.baseOffset(), 0, false);
        // what was rolled was forced first
        this.flushedOffset = recoveryPoint.offset();
        this.end = placeOfEnd(active);
        this.signal = new LogSignal(() -> snapshot.highWatermark());
    }

    /** {@linkplain #open(LogDirectory, TopicPartition, UUID, LogSettings, RecoveryPoint, long) Opens} a log of which nothing is known. */
    public static PartitionLog open(
            LogDirectory dataDirectory, TopicPartition partition, UUID topicId, LogSettings settings, long nowMs) {
        return open(dataDirectory, partition, topicId, settings, RecoveryPoint.UNKNOWN, nowMs);
    }

    /**
     * Opens the log of a partition, or creates it. Indexes that are missing or wrong are built again. What lies behind the
     * recovery point is read with its checksums, and a torn tail is cut. Damage to what was known to be on the device is
     * set aside in {@code .quarantine}, and its offsets are not used again. {@link #recovery()} tells what was done. The high
     * watermark begins at the log's start: the caller, who knows what was committed, advances it.
     *
     * @param dataDirectory has or gets the directory of the partition
     * @param topicId the id of this incarnation of the topic
     * @param point what is known to be on the device, of this incarnation of the log
     * @param nowMs the time in milliseconds since 1970, from which the age of an empty segment counts
     * @throws PenstockException {@code INCONSISTENT_TOPIC_ID} if the directory belongs to another incarnation, {@code
     *     STORAGE_FULL} or {@code STORAGE_ERROR} if the files can't be read or written
     */
    public static PartitionLog open(
            LogDirectory dataDirectory,
            TopicPartition partition,
            UUID topicId,
            LogSettings settings,
            RecoveryPoint point,
            long nowMs) {
        return open(dataDirectory, partition, topicId, settings, point, 0, nowMs);
    }

    /**
     * As {@link #open(LogDirectory, TopicPartition, UUID, LogSettings, RecoveryPoint, long)}, of a log that may have begun to
     * delete what is before an offset: that is not missed.
     *
     * @param startOffset the start that was noted; {@link #startAt} takes the log there
     */
    public static PartitionLog open(
            LogDirectory dataDirectory,
            TopicPartition partition,
            UUID topicId,
            LogSettings settings,
            RecoveryPoint point,
            long startOffset,
            long nowMs) {
        return open(dataDirectory, partition, topicId, settings, new LogKnowledge(point, startOffset, Set.of()), nowMs);
    }

    /**
     * As {@link #open(LogDirectory, TopicPartition, UUID, LogSettings, RecoveryPoint, long)}, and does the same about what a
     * {@linkplain LogAudit#defects() whole audit} found: each segment that has a defect is read from its beginning, whatever is
     * known of it, its indexes are built again, and so are the leader epochs if they are wrong. Batches whose leader epoch is not what
     * was noted get the noted one.
     */
    public static PartitionLog openRepairing(
            LogDirectory dataDirectory,
            TopicPartition partition,
            UUID topicId,
            LogSettings settings,
            RecoveryPoint point,
            List<LogDefect> defects,
            long nowMs) {
        Set<Long> suspects = new HashSet<>();
        try {
            for (LogDefect defect : defects) {
                switch (defect.part()) {
                    case PRODUCERS -> dataDirectory.child(partition.toString()).delete(defect.file());
                    case LEADER_EPOCHS -> {
                        if (defect.file().equals(LeaderEpochs.KAFKA_FILE_NAME)) {
                            dataDirectory.child(partition.toString()).delete(defect.file());
                        } else if (defect.file().endsWith(LogSegment.LOG_SUFFIX)) {
                            suspects.add(LogSegment.baseOffset(defect.file()));
                        }
                    }
                    case TOPIC_ID -> {} // opening compares it, and writes it where there is none
                    default -> suspects.add(LogSegment.baseOffset(defect.file()));
                }
            }
        } catch (IOException e) {
            throw refusal("can't repair the log of " + partition + " in " + dataDirectory.path(), e);
        }
        return open(dataDirectory, partition, topicId, settings, new LogKnowledge(point, 0, suspects), nowMs);
    }

    private static PartitionLog open(
            LogDirectory dataDirectory,
            TopicPartition partition,
            UUID topicId,
            LogSettings settings,
            LogKnowledge known,
            long nowMs) {
        try {
            LogLoader loader = LogLoader.load(dataDirectory, partition, topicId, settings, known, nowMs);
            return new PartitionLog(dataDirectory, partition, topicId, settings, known.point(), loader);
        } catch (IOException e) {
            throw refusal("can't open the log of " + partition + " in " + dataDirectory.path(), e);
        }
    }

    /** Removes the directories of deleted logs that a crash, or a reader that held on, has left in a data directory. */
    public static void removeDeleted(LogDirectory dataDirectory) throws IOException {
        for (String name : dataDirectory.children()) {
            if (name.endsWith(DELETED_DIRECTORY_SUFFIX) && name.contains(".")) {
                dataDirectory.deleteChild(name);
            }
        }
    }

    /**
     * Which incarnation of a topic a partition's directory belongs to, or null if it does not say. Opens no log.
     *
     * @param directory its name in the data directory, where it must be
     * @throws IOException if that can't be read
     */
    public static @Nullable UUID topicIdOf(LogDirectory dataDirectory, String directory) throws IOException {
        return PartitionMetadata.topicId(dataDirectory.child(directory));
    }

    /** Changes the settings, by the writer. Those of the indexes hold from the next segment on. */
    public void configure(LogSettings settings) {
        segments.settings(settings);
    }

    public TopicPartition partition() {
        return partition;
    }

    public UUID topicId() {
        return topicId;
    }

    /** What opening the log found and did. */
    public LogRecovery recovery() {
        return recovery;
    }

    /** The offsets of this moment. Never blocks; still answers when the log is out of use. */
    public LogSnapshot snapshot() {
        return snapshot;
    }

    /** Wakes those who wait for the high watermark. */
    public LogSignal signal() {
        return signal;
    }

    /** The offset before which everything is known to be durable. */
    public long flushedOffset() {
        return flushedOffset;
    }

    /** What was read from the log file for readers and lookups, in bytes. */
    public long bytesRead() {
        return bytesRead.sum();
    }

    /** The size of all batches. */
    public long sizeInBytes() {
        return segments().all().stream()
                .mapToLong(segment -> segment.tail().sizeInBytes())
                .sum();
    }

    /** The segments in order, for tools. */
    public List<SegmentExtent> extents() {
        return segments().all().stream()
                .map(segment -> {
                    SegmentTail tail = segment.tail();
                    return new SegmentExtent(
                            segment.baseOffset(), tail.nextOffset(), tail.sizeInBytes(), tail.maxTimestamp());
                })
                .toList();
    }

    /** A new reader, which costs nothing until it is used. */
    public LogReader newReader() {
        return new LogReader(this);
    }

    /**
     * Appends batches, all or none. Each is given its offsets and the leader epoch, and the append time if the topic wants
     * that, in place: in the caller's buffer. They can be read from then on, but consumers see them only below the high
     * watermark, and they are durable only after {@link #flush()}.
     *
     * @param batches each one's readable bytes are exactly one batch, valid, and at most as large as a segment; neither
     *     released nor kept
     * @param leaderEpoch the epoch of the leader that appends, 0 or more
     * @param nowMs the time in milliseconds since 1970
     * @param type whether the batches keep their timestamps or get the time
     * @throws PenstockException {@code FENCED_LEADER_EPOCH} if a later leader has appended, {@code MESSAGE_TOO_LARGE} if a
     *     batch does not fit into a segment, {@code STORAGE_FULL} if there is no space, {@code STORAGE_ERROR} if the
     *     write failed. Nothing was appended then.
     */
    public LogAppend append(List<ByteBuf> batches, int leaderEpoch, long nowMs, TimestampType type) {
        ensureUsable();
        LogSnapshot before = snapshot;
        check(batches, leaderEpoch);
        long[] firstOffsets = assign(batches, before.logEndOffset(), leaderEpoch, nowMs, type);
        beginEpoch(leaderEpoch, before.logEndOffset());
        try {
            segments.append(batches, nowMs);
        } catch (ForceFailedException e) {
            throw fail("rolling a segment", e);
        } catch (IOException e) {
            throw isUntouched(before, e)
                    ? refusal("nothing was appended to " + partition, e)
                    : undo(before.logEndOffset(), e);
        }
        long end = segments().active().tail().nextOffset();
        producers.appended(batches, segments(), nowMs);
        publishEnd(end, leaderEpoch);
        long appendTimeMs = type == TimestampType.LOG_APPEND_TIME ? nowMs : NO_APPEND_TIME;
        return new LogAppend(firstOffsets, end - 1, end, appendTimeMs);
    }

    private void check(List<ByteBuf> batches, int leaderEpoch) {
        if (batches.isEmpty() || leaderEpoch < 0) {
            throw new IllegalArgumentException(batches.size() + " batches with leader epoch " + leaderEpoch);
        }
        if (leaderEpoch < epochs.latest()) {
            throw new PenstockException(
                    ErrorCode.FENCED_LEADER_EPOCH,
                    "leader epoch " + leaderEpoch + " can't append to " + partition + ", epoch " + epochs.latest()
                            + " has begun");
        }
        for (ByteBuf buffer : batches) {
            int size = buffer.readableBytes();
            if (size < RecordBatch.OVERHEAD
                    || RecordBatch.at(buffer, buffer.readerIndex()).sizeInBytes() != size) {
                throw new IllegalArgumentException("a buffer of " + size + " readable bytes is not one batch");
            }
            if (size > segments.settings().segmentBytes()) {
                throw new PenstockException(
                        ErrorCode.MESSAGE_TOO_LARGE,
                        "a batch of " + size + " bytes does not fit into a segment of " + partition
                                + ", segment.bytes is " + segments.settings().segmentBytes());
            }
        }
    }

    private static long[] assign(
            List<ByteBuf> batches, long firstOffset, int leaderEpoch, long nowMs, TimestampType type) {
        long[] firstOffsets = new long[batches.size()];
        long next = firstOffset;
        for (int i = 0; i < firstOffsets.length; i++) {
            ByteBuf buffer = batches.get(i);
            RecordBatch batch = RecordBatch.at(buffer, buffer.readerIndex());
            firstOffsets[i] = next;
            batch.setBaseOffset(next);
            batch.setLeaderEpoch(leaderEpoch);
            if (type == TimestampType.LOG_APPEND_TIME) {
                batch.setLogAppendTime(nowMs);
            }
            next = batch.nextOffset();
        }
        return firstOffsets;
    }

    private void beginEpoch(int leaderEpoch, long startOffset) {
        try {
            // before the batches: an epoch that begins at the log's end and has no batch does no harm
            epochs.begin(leaderEpoch, startOffset);
        } catch (NoSpaceException | TooManyOpenFilesException e) {
            throw refusal("can't note the leader epoch " + leaderEpoch + " of " + partition, e);
        } catch (IOException e) {
            throw fail("noting the leader epoch " + leaderEpoch, e);
        }
    }

    private void publishEnd(long newEnd, int leaderEpoch) {
        LogSegment active = segments().active();
        synchronized (publishing) {
            snapshot = snapshot.withEnd(newEnd, leaderEpoch);
            end = placeOfEnd(active);
            // what was rolled was forced first
            flushedOffset = Math.max(flushedOffset, active.baseOffset());
        }
    }

    private static RecoveryPoint placeOfEnd(LogSegment active) {
        SegmentTail tail = active.tail();
        return new RecoveryPoint(tail.nextOffset(), active.baseOffset(), tail.sizeInBytes(), false);
    }

    /** Undoing needs files too, of which there are none now: not where there is nothing to undo. */
    private boolean isUntouched(LogSnapshot before, IOException cause) {
        return cause instanceof TooManyOpenFilesException
                && segments().active().tail().nextOffset() == before.logEndOffset();
    }

    private PenstockException undo(long end, IOException cause) {
        try {
            cutTo(end);
            return refusal("nothing was appended to " + partition, cause);
        } catch (IOException e) {
            cause.addSuppressed(e);
            return fail("undoing an append that failed", cause);
        }
    }

    /**
     * Makes everything durable that was appended before this call. One at a time; appends may go on meanwhile.
     *
     * @return the offset before which everything is durable now; less than the log's end before this call only if the
     *     log was truncated meanwhile
     * @throws PenstockException {@code STORAGE_ERROR} if that is not certain; the log has failed then
     */
    public long flush() {
        ensureUsable();
        long end;
        int truncationsBefore;
        synchronized (publishing) {
            end = snapshot.logEndOffset();
            truncationsBefore = truncations;
            if (flushedOffset == end) {
                return end;
            }
        }
        try {
            segments.force(flushedOffset);
        } catch (ForceFailedException e) {
            throw fail("flushing it", e);
        } catch (TooManyOpenFilesException e) {
            throw refusal("can't flush " + partition, e);
        }
        // a log that was closed or deleted meanwhile may have had nothing left to force
        ensureUsable();
        synchronized (publishing) {
            // what was cut meanwhile and appended again was not forced by us
            if (truncations == truncationsBefore && flushedOffset < end) {
                flushedOffset = end;
            }
            return flushedOffset;
        }
    }

    /**
     * Makes everything durable that was appended before this call, with its index entries, so that opening the log after a
     * crash reads only what comes later. Not beside {@link #flush()}; appends may go on meanwhile.
     *
     * <p>Whoever keeps the point must keep a lower one before a truncation below it.
     *
     * @return the new recovery point, or the one before if the log was truncated meanwhile
     * @throws PenstockException {@code STORAGE_ERROR} if that is not certain; the log has failed then
     */
    public RecoveryPoint checkpoint() {
        ensureUsable();
        // before the place, which is behind all that it tells of then
        LogProducers.Image image = producers.imageIfDue();
        RecoveryPoint place;
        int truncationsBefore;
        synchronized (publishing) {
            place = end;
            truncationsBefore = truncations;
        }
        if (!isBehindPoint(place)) {
            return recoveryPoint;
        }
        try {
            segments.force(flushedOffset);
            segments.forceIndexes(place.segmentBaseOffset());
        } catch (ForceFailedException e) {
            throw fail("making a recovery point", e);
        } catch (TooManyOpenFilesException e) {
            throw refusal("can't make a recovery point of " + partition, e);
        }
        ensureUsable();
        if (image != null) {
            producers.store(image, segments());
        }
        synchronized (publishing) {
            if (truncations == truncationsBefore) {
                flushedOffset = Math.max(flushedOffset, place.offset());
                recoveryPoint = place;
            }
            return recoveryPoint;
        }
    }

    private boolean isBehindPoint(RecoveryPoint place) {
        RecoveryPoint point = recoveryPoint;
        return place.offset() > point.offset() || place.segmentBaseOffset() > point.segmentBaseOffset();
    }

    /**
     * The place of the last {@link #checkpoint()}, or what was known when the log was opened; after {@link #close()} the
     * log's end. Segments before the one that it names are not needed by it.
     */
    public RecoveryPoint recoveryPoint() {
        return recoveryPoint;
    }

    /**
     * Begins to judge, by the writer, the batches of idempotent producers that it is about to append. The next {@link #append}
     * of what was found new ends it.
     */
    public SequenceCheck newSequenceCheck() {
        return producers.newCheck();
    }

    /** What is known of idempotent producers, in the order of their ids; for tools and tests. */
    public List<ProducerEntry> producers() {
        return producers.entries();
    }

    /** How many idempotent producers are known. */
    public int producerCount() {
        return producers.size();
    }

    /**
     * Forgets producers, by the writer, that have been silent for so long; a batch that they repeat after that is taken for a
     * new one.
     *
     * @return how many
     */
    public int expireProducers(long nowMs, long expirationMs) {
        return producers.expire(nowMs, expirationMs);
    }

    /** How many bytes of batches would be read after a crash now. */
    public long bytesBehindRecoveryPoint() {
        return bytesBehind(recoveryPoint);
    }

    /** How many bytes of batches would be read by a start that knows of a recovery point of this log. */
    public long bytesBehind(RecoveryPoint point) {
        long bytes = 0;
        for (LogSegment segment : segments().from(point.offset())) {
            bytes += segment.tail().sizeInBytes();
            if (segment.baseOffset() == point.segmentBaseOffset()) {
                bytes -= point.position();
            }
        }
        return bytes;
    }

    /**
     * Moves the high watermark up and wakes those whom it has passed, on this thread. Never moves it down, and never beyond
     * the log end offset.
     */
    public void advanceHighWatermark(long offset) {
        publish(current -> {
            long mark = Math.min(offset, current.logEndOffset());
            return mark > current.highWatermark() ? current.withHighWatermark(mark) : current;
        });
        signal.highWatermarkMoved();
    }

    private void publish(UnaryOperator<LogSnapshot> change) {
        synchronized (publishing) {
            snapshot = change.apply(snapshot);
        }
    }

    /**
     * Cuts every batch that has the offset or a greater one, lowers the high watermark if need be, and wakes everybody who
     * waits. An offset at or beyond the log's end changes nothing.
     *
     * @throws OffsetOutOfRangeException if the offset is before the log's start
     * @throws PenstockException {@code STORAGE_ERROR} if the cut failed; the log has failed then
     */
    public void truncateTo(long offset) {
        ensureUsable();
        LogSnapshot before = snapshot;
        if (offset < before.logStartOffset()) {
            throw new OffsetOutOfRangeException(partition, offset, before);
        }
        if (offset >= before.logEndOffset()) {
            return;
        }
        try {
            long end = cutTo(offset);
            epochs.truncateTo(end);
            publish(current -> current.withEnd(end, epochs.latest()));
        } catch (IOException e) {
            throw fail("truncating it to offset " + offset, e);
        }
        signal.disturb();
    }

    /** Publishes the end before anything is cut, so that nobody is sent to what goes away. */
    private long cutTo(long offset) throws IOException {
        publishCut(Math.min(offset, snapshot.logEndOffset()));
        producers.forgetFrom(offset);
        long newEnd = segments.cutTo(offset);
        producers.cut(segments());
        publishCut(newEnd);
        synchronized (publishing) {
            end = placeOfEnd(segments().active());
            if (end.offset() < recoveryPoint.offset()) {
                recoveryPoint = end;
            }
        }
        return newEnd;
    }

    private void publishCut(long newEnd) {
        synchronized (publishing) {
            truncations++;
            flushedOffset = Math.min(flushedOffset, newEnd);
            snapshot = snapshot.withEnd(newEnd, snapshot.leaderEpoch());
        }
    }

    /**
     * Moves the log's start up, by the writer: what is before the offset can't be read from now on. The files stay until
     * {@link #deleteObsoleteSegments()}: note the new start where a restart finds it before that, and give it to {@link
     * #startAt} then. An offset at or before the start changes nothing.
     *
     * @throws OffsetOutOfRangeException if the offset is above the high watermark
     */
    public void deleteBefore(long offset) {
        ensureUsable();
        LogSnapshot before = snapshot;
        if (offset > before.highWatermark()) {
            throw new OffsetOutOfRangeException(partition, offset, before);
        }
        moveStartTo(offset);
    }

    private void moveStartTo(long offset) {
        publish(current -> offset > current.logStartOffset() ? current.withStart(offset) : current);
    }

    /**
     * Takes the segments out of the log, by the writer, that are before its start as a whole; never the active one. The
     * files are renamed at once, and deleted when {@link DeletedSegments#release()} was called and no reader holds them.
     *
     * @throws PenstockException {@code STORAGE_ERROR} if the names can't be changed; the log has failed then
     */
    public DeletedSegments deleteObsoleteSegments() {
        ensureUsable();
        try {
            long start = snapshot.logStartOffset();
            epochs.startAt(start);
            List<LogSegment> deleted = segments.deleteBefore(start);
            if (!deleted.isEmpty()) {
                producers.startsWith(segments());
            }
            return new DeletedSegments(deleted);
        } catch (IOException e) {
            throw fail("deleting its first segments", e);
        }
    }

    /**
     * Takes a log that was opened just now to the start that was noted for it, by the writer, and deletes what is before
     * it. A log that lost its end, and ends before that, goes on in a new segment: no offset is given twice.
     *
     * @param offset the start that was noted; at or before the log's first offset it changes nothing
     * @throws PenstockException {@code STORAGE_ERROR} or {@code STORAGE_FULL} if that failed
     */
    public void startAt(long offset, long nowMs) {
        ensureUsable();
        if (offset > snapshot.logEndOffset()) {
            LOG.warn(
                    "{} ends at offset {}, before its start {}: it goes on from there",
                    partition,
                    snapshot.logEndOffset(),
                    offset);
            rollAt(offset, nowMs);
            publishEnd(offset, snapshot.leaderEpoch());
        }
        moveStartTo(offset);
        publish(current -> current.withHighWatermark(Math.max(current.highWatermark(), current.logStartOffset())));
        deleteObsoleteSegments().release();
    }

    /**
     * Ends the active segment and begins another, by the writer, so that the ended one can be deleted or compacted. One
     * without batches is left as it is.
     *
     * @throws PenstockException {@code STORAGE_FULL} or {@code STORAGE_ERROR} if that failed
     */
    public void roll(long nowMs) {
        ensureUsable();
        rollAt(snapshot.logEndOffset(), nowMs);
        publishEnd(snapshot.logEndOffset(), snapshot.leaderEpoch());
    }

    private void rollAt(long offset, long nowMs) {
        LogSegment before = segments().active();
        try {
            segments.rollAt(offset, nowMs);
            if (segments().active() != before) {
                producers.rolled(segments());
            }
        } catch (ForceFailedException e) {
            throw fail("rolling a segment", e);
        } catch (IOException e) {
            throw refusal("can't begin a segment of " + partition, e);
        }
    }

    /**
     * Prepares a compaction, which does nothing before its first {@link LogCompaction#work}.
     *
     * @param range what to compact; not empty
     * @param map empty, for the newest offset of each key of the range
     * @param allocator gives buffers of about a mebibyte
     */
    public LogCompaction newCompaction(
            CleanableRange range, CompactionRules rules, OffsetMap map, ByteBufAllocator allocator, long nowMs) {
        return new LogCompaction(this, range, rules, map, allocator, nowMs);
    }

    /** Begins a segment beside the log, in the place of others. */
    LogSegment createCleaned(long baseOffset, long nowMs) throws IOException {
        LogSettings settings = segments.settings();
        return LogSegment.createCleaned(
                directory, baseOffset, settings.indexIntervalBytes(), settings.segmentIndexBytes(), nowMs);
    }

    int segmentBytes() {
        return segments.settings().segmentBytes();
    }

    /** Puts a segment in the place of neighbours, by the writer. */
    void replace(List<LogSegment> neighbours, LogSegment cleaned) {
        ensureUsable();
        try {
            segments.replace(neighbours, cleaned);
        } catch (IOException e) {
            throw fail("putting a compacted segment into place", e);
        }
    }

    /** How long the active segment has waited to be rolled, in milliseconds; 0 if it has no batches. */
    public long activeSegmentAgeMs(long nowMs) {
        LogSegment active = segments().active();
        return active.tail().sizeInBytes() == 0 ? 0 : active.ageMs(nowMs, nowMs);
    }

    /**
     * Finds the first record that has a timestamp or a later one, in offset order. Looks inside of compressed batches. The
     * record may be above the high watermark: the caller knows who asks.
     *
     * @param timestamp in milliseconds since 1970
     * @return null if there is none
     * @throws PenstockException {@code CORRUPT_MESSAGE} or {@code STORAGE_ERROR} if the batch can't be read
     */
    public @Nullable OffsetAndTimestamp lookupTimestamp(long timestamp) {
        return new TimestampLookup(this).first(timestamp);
    }

    /** Finds the first record that has the greatest timestamp of the log; null if no record has a timestamp. */
    public @Nullable OffsetAndTimestamp lookupMaxTimestamp() {
        return new TimestampLookup(this).firstOfMax();
    }

    /** Where a leader epoch ended, for a follower or a consumer that must find out where its log leaves this one. */
    public EpochEndOffset endOffsetFor(int leaderEpoch) {
        return epochs.endOffsetFor(leaderEpoch, snapshot.logEndOffset());
    }

    /** Says that nobody is about to use the files of the log; they need not stay open. Blocks. */
    public void rest() {
        segments.rest();
    }

    /** Makes everything durable, closes the files when their last reader lets go, and wakes everybody who waits. */
    @Override
    public void close() {
        if (retired) {
            return;
        }
        try {
            if (outOfUse == null) {
                segments.seal();
                producers.closed(segments());
                RecoveryPoint place = placeOfEnd(segments().active());
                recoveryPoint = new RecoveryPoint(place.offset(), place.segmentBaseOffset(), place.position(), true);
            }
        } catch (NoSpaceException e) {
            closeWithoutIndexEntry(e);
        } catch (IOException e) {
            throw fail("closing it", e);
        } finally {
            retire(ErrorCode.BROKER_CLOSING, "the log of " + partition + " is closed", () -> {});
        }
    }

    /** The batches are what counts: what an index lacks is made again when the log is opened, which reads it then. */
    private void closeWithoutIndexEntry(NoSpaceException cause) {
        try {
            segments().active().force();
            LOG.warn(
                    "No room for the last index entry of {}, it will be made at the next start: {}",
                    partition,
                    cause.getMessage());
        } catch (IOException e) {
            throw fail("closing it", e);
        }
    }

    /**
     * Deletes the log: its directory is renamed at once, so that another log of this name can be created, and deleted
     * when the last reader lets go. Everybody who waits is woken.
     *
     * @throws PenstockException {@code STORAGE_ERROR} if the directory can't be renamed; the log has failed then
     */
    public void delete() {
        String name = partition.toString();
        String unique = "." + topicId.toString().replace("-", "") + DELETED_DIRECTORY_SUFFIX;
        String renamed = name.substring(0, Math.min(name.length(), MAX_DIRECTORY_NAME - unique.length())) + unique;
        try {
            dataDirectory.rename(name, renamed);
            dataDirectory.force();
        } catch (IOException e) {
            throw fail("deleting its directory", e);
        }
        if (retired) {
            removeDirectory(renamed);
        } else {
            retire(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partition + " was deleted", () -> removeDirectory(renamed));
        }
    }

    private void removeDirectory(String name) {
        try {
            dataDirectory.deleteChild(name);
        } catch (IOException e) {
            LOG.warn("deleting {} in {} failed; it will be tried at the next start", name, dataDirectory.path(), e);
        }
    }

    private void retire(ErrorCode code, String message, Runnable whenAllClosed) {
        retired = true;
        synchronized (publishing) {
            if (outOfUse == null) {
                outOfUse = new PenstockException(code, message);
            }
        }
        segments.close(whenAllClosed);
        signal.end();
    }

    /**
     * Why the log can't be used, or null if it can: failed ({@code STORAGE_ERROR}), closed ({@code BROKER_CLOSING}) or
     * deleted ({@code UNKNOWN_TOPIC_OR_PARTITION}).
     */
    public @Nullable PenstockException outOfUse() {
        return outOfUse;
    }

    void ensureUsable() {
        PenstockException reason = outOfUse;
        if (reason != null) {
            // a new one: the first has the stack of whoever took the log out of use
            throw new PenstockException(reason.code(), reason.getMessage(), reason);
        }
    }

    SegmentList segments() {
        return segments.list();
    }

    /** Where each leader epoch begins now; does not change. */
    NavigableMap<Integer, Long> leaderEpochs() {
        return epochs.startOffsets();
    }

    /** Sets the leader epoch of a batch in a reader's buffer, which no checksum covers, to what the log has noted. */
    void correctEpoch(RecordBatch batch, EpochSpan span, LogSegment segment, int position) {
        if (!hasWrongEpochs) {
            hasWrongEpochs = true;
            LOG.warn(
                    "{} is damaged at position {}: offset {} has the leader epoch {}, which was {}. Readers get the right one,"
                            + " here and elsewhere in this log; 'penstock log repair' writes it",
                    segment,
                    position,
                    batch.baseOffset(),
                    batch.leaderEpoch(),
                    span.epoch());
        }
        batch.setLeaderEpoch(span.epoch());
    }

    void countRead(int bytes) {
        bytesRead.add(bytes);
    }

    PenstockException compactionFailed(IOException cause) {
        return refusal("can't compact " + partition, cause);
    }

    PenstockException readFailed(String what, IOException cause) {
        return refusal("can't read " + what + " of " + partition, cause);
    }

    PenstockException corrupt(LogSegment segment, int position, String damage) {
        return new PenstockException(
                ErrorCode.CORRUPT_MESSAGE,
                partition + " is damaged at position " + position + " of " + segment + ": " + damage);
    }

    /**
     * Takes the log out of use because of something that happened to its disk elsewhere; whoever waits is woken. Safe for any
     * thread, and does not block.
     *
     * @param why {@code STORAGE_ERROR} with the reason
     */
    public void giveUp(PenstockException why) {
        synchronized (publishing) {
            if (outOfUse == null) {
                outOfUse = why;
            }
        }
        signal.end();
    }

    private PenstockException fail(String what, IOException cause) {
        PenstockException failure = new PenstockException(
                ErrorCode.STORAGE_ERROR,
                "the log of " + partition + " has failed, " + what + ": " + cause.getMessage(),
                cause);
        synchronized (publishing) {
            if (outOfUse == null) {
                outOfUse = failure;
            }
        }
        LOG.error("{}; it stays out of use until it is opened again", failure.getMessage(), cause);
        signal.end();
        return failure;
    }

    private static PenstockException refusal(String what, IOException cause) {
        return new PenstockException(codeOf(cause), what + ": " + cause.getMessage(), cause);
    }

    private static ErrorCode codeOf(IOException cause) {
        if (cause instanceof NoSpaceException) {
            return ErrorCode.STORAGE_FULL;
        }
        return cause instanceof TooManyOpenFilesException ? ErrorCode.TOO_MANY_OPEN_FILES : ErrorCode.STORAGE_ERROR;
    }

    @Override
    public String toString() {
        return partition + " " + snapshot;
    }
}
