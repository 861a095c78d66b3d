package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.producer.ProducerEntry;
import io.penstock.core.log.producer.ProducerSnapshot;
import io.penstock.core.log.producer.ProducerStates;
import io.penstock.core.log.producer.SequenceCheck;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The producers of a log, in memory and in snapshots on the device, which are a cache: what is missing is had from the
 * batches again.
 *
 * <p>A snapshot is written where a segment begins, where the log was closed, and with a recovery point when {@value
 * #SNAPSHOT_BYTES} bytes of batches have come since the last one: opening a log after a crash goes over so many headers at
 * most, and those behind the recovery point. None tells of batches that may not be on the device. Changed by the log's one
 * writer; {@link #image()} and {@link #store} may run beside it.
 */
final class LogProducers {

    private static final int SNAPSHOT_BYTES = 4 << 20;

    /** The producers at one moment, to be stored when what they tell of is on the device. */
    record Image(ProducerSnapshot snapshot, int cuts) {}

    private final SnapshotFiles files;

    /** Guards what follows; never held for the disk. */
    private final Object guard = new Object();

    private ProducerStates states;
    private long latestMs;
    private long bytesSinceImage;
    private int cuts;

    private LogProducers(SnapshotFiles files, ProducerStates states, long nowMs, long bytesSinceImage) {
        this.files = files;
        this.states = states;
        this.latestMs = nowMs;
        this.bytesSinceImage = bytesSinceImage;
    }

    /**
     * Reads the newest snapshot that can be believed, and the headers behind it. Removes snapshots that can't be.
     *
     * @param segments in use, and as they will stay
     * @param nowMs the time that batches without a snapshot are taken to be of: nobody is forgotten too early
     */
    static LogProducers load(LogDirectory directory, SegmentList segments, long nowMs) throws IOException {
        SnapshotFiles files = new SnapshotFiles(directory);
        long end = segments.active().tail().nextOffset();
        files.keepWithin(segments.first().baseOffset(), end);
        ProducerStates states = statesAt(files.newest(end), segments, nowMs);
        long bytes = segments.active().tail().sizeInBytes();
        return new LogProducers(files, states, nowMs, files.has(end) ? 0 : bytes);
    }

    private static ProducerStates statesAt(@Nullable ProducerSnapshot snapshot, SegmentList segments, long nowMs)
            throws IOException {
        ProducerStates states =
                snapshot == null ? new ProducerStates(segments.first().baseOffset()) : ProducerStates.of(snapshot);
        long from = states.endOffset();
        for (LogSegment segment : segments.from(from)) {
            if (segment.tail().nextOffset() > from) {
                replay(segment, from, states, nowMs);
            }
        }
        states.skipTo(segments.active().tail().nextOffset());
        return states;
    }

    private static void replay(LogSegment segment, long from, ProducerStates states, long nowMs) throws IOException {
        BatchScan scan = segment.scan(segment.scanStart(from));
        while (scan.next()) {
            if (scan.batch().baseOffset() >= from) {
                states.append(scan.batch(), nowMs);
            }
        }
    }

    /** By the writer, for the batches that it is about to append. */
    SequenceCheck newCheck() {
        return states.newCheck();
    }

    List<ProducerEntry> entries() {
        synchronized (guard) {
            return states.entries();
        }
    }

    int size() {
        synchronized (guard) {
            return states.size();
        }
    }

    int expire(long nowMs, long expirationMs) {
        synchronized (guard) {
            return states.expire(nowMs, expirationMs);
        }
    }

    /** Takes up what was appended; where a segment begins with one of the batches, all before it is on the device. */
    void appended(List<ByteBuf> batches, SegmentList segments, long nowMs) {
        for (ByteBuf buffer : batches) {
            RecordBatch batch = RecordBatch.at(buffer, buffer.readerIndex());
            if (batch.baseOffset() > segments.first().baseOffset()
                    && segments.floor(batch.baseOffset()).baseOffset() == batch.baseOffset()) {
                store(image(), segments);
            }
            synchronized (guard) {
                states.append(batch, nowMs);
                bytesSinceImage += batch.sizeInBytes();
            }
        }
        latestMs = nowMs;
    }

    /** A segment was begun, of which nothing is written yet. */
    void rolled(SegmentList segments) {
        synchronized (guard) {
            states.skipTo(segments.active().baseOffset());
        }
        store(image(), segments);
    }

    /** The producers of this moment, if there is reason to store them, and null if not. */
    @Nullable
    Image imageIfDue() {
        synchronized (guard) {
            return bytesSinceImage < SNAPSHOT_BYTES ? null : image();
        }
    }

    private Image image() {
        synchronized (guard) {
            bytesSinceImage = 0;
            return new Image(states.snapshot(), cuts);
        }
    }

    /** Writes an image of which everything that it tells of is on the device now; none that was cut meanwhile. */
    void store(Image image, SegmentList segments) {
        files.store(image, this::isCurrent, segments);
    }

    private boolean isCurrent(Image image) {
        synchronized (guard) {
            return image.cuts == cuts;
        }
    }

    /** The log is closed, and all of it on the device. */
    void closed(SegmentList segments) {
        if (states.endOffset() > segments.first().baseOffset()) {
            store(image(), segments);
        }
    }

    /** Before the log is cut: no snapshot may tell of what goes away. */
    void forgetFrom(long offset) throws IOException {
        synchronized (guard) {
            cuts++;
        }
        files.deleteAfter(offset);
    }

    /** After the log was cut. */
    void cut(SegmentList segments) throws IOException {
        long end = segments.active().tail().nextOffset();
        if (end < states.endOffset()) {
            ProducerStates rebuilt = statesAt(files.newest(end), segments, latestMs);
            synchronized (guard) {
                states = rebuilt;
            }
        }
    }

    /** Segments were deleted from the log's start. */
    void startsWith(SegmentList segments) throws IOException {
        files.keepWithin(segments.first().baseOffset(), Long.MAX_VALUE);
    }
}
