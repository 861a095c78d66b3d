package io.penstock.core.log.compaction;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.BatchRewriter;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what stays of each batch, as Kafka's log cleaner does, and gives the bytes of it. Used for one pass over a log,
 * from its start on, in order. Not thread-safe.
 *
 * <ul>
 *   <li>A record stays if no later one of its key is in the map. One at or above the map's end stays, one before the
 *       log's start goes, and one without a key goes.
 *   <li>A tombstone stays until the delete horizon of its batch, which the first compaction that sees it sets.
 *   <li>Records of aborted transactions go.
 *   <li>A marker stays until a delete horizon too, which is set when the transaction has no record left.
 *   <li>A batch without records stays as a header if it is the last of its producer, or if the caller wants it.
 * </ul>
 */
public final class BatchFilter implements AutoCloseable {

    private static final BatchLimits LIMITS = BatchLimits.DEFAULTS.withMaxBatchBytes(Integer.MAX_VALUE);

    private final ByteBufAllocator allocator;
    private final LogSurvey survey;
    private final OffsetMap newest;
    private final long startOffset;
    private final long endOffset;
    private final long horizonMs;
    private final long nowMs;
    private final RecordCursor cursor;
    private final BatchRewriter rewriter;

    /** Producers of transactions of which data was seen since their last marker. */
    private final Set<Long> withData = new HashSet<>();

    /** Which records of the batch in hand stay, by their number. */
    private final BitSet staying = new BitSet();

    private long batchesChanged;

    private long recordsRead;
    private long recordsKept;
    private long keylessRecords;

    /**
     * @param newest has the newest offset of each key that is in {@code [dirty start, endOffset)}
     * @param startOffset the log's start
     * @param endOffset what is at or above it stays
     * @param deleteRetentionMs how long tombstones stay from now on
     */
    public BatchFilter(
            ByteBufAllocator allocator,
            LogSurvey survey,
            OffsetMap newest,
            long startOffset,
            long endOffset,
            long deleteRetentionMs,
            long nowMs) {
        this.allocator = allocator;
        this.survey = survey;
        this.newest = newest;
        this.startOffset = startOffset;
        this.endOffset = endOffset;
        this.horizonMs = nowMs > Long.MAX_VALUE - deleteRetentionMs ? Long.MAX_VALUE : nowMs + deleteRetentionMs;
        this.nowMs = nowMs;
        this.cursor = new RecordCursor(allocator, LIMITS);
        this.rewriter = new BatchRewriter(allocator);
    }

    /**
     * What stays of a batch.
     *
     * @param mustStay whether it must stay as a header at least
     * @return a buffer with one batch, which the caller releases; null if nothing stays
     */
    public @Nullable ByteBuf filter(RecordBatch batch, boolean mustStay) {
        recordsRead += batch.recordCount();
        boolean headerStays = mustStay || survey.isLastOfProducer(batch);
        return batch.isControl() ? filterMarker(batch, headerStays) : filterData(batch, headerStays);
    }

    private @Nullable ByteBuf filterMarker(RecordBatch batch, boolean headerStays) {
        ControlRecord kind = ControlRecord.of(batch, cursor);
        boolean hadData = kind == ControlRecord.OTHER ? batch.recordCount() > 0 : withData.remove(batch.producerId());
        if (batch.lastOffset() >= endOffset || hadData) {
            return keep(batch);
        }
        if (batch.recordCount() == 0 || (batch.hasDeleteHorizon() && nowMs >= batch.baseTimestamp())) {
            return headerStays ? empty(batch) : drop();
        }
        return batch.hasDeleteHorizon() ? keep(batch) : withHorizon(batch);
    }

    private ByteBuf withHorizon(RecordBatch marker) {
        try {
            cursor.open(marker.buffer(), marker.index());
            staying.set(0, marker.recordCount());
            return rewrite(marker, horizonMs);
        } finally {
            cursor.close();
        }
    }

    private @Nullable ByteBuf filterData(RecordBatch batch, boolean headerStays) {
        boolean isAborted = survey.isAborted(batch) && batch.lastOffset() < endOffset;
        if (batch.isTransactional()) {
            withData.add(batch.producerId());
        }
        if (isAborted || batch.recordCount() == 0) {
            return headerStays ? empty(batch) : drop();
        }
        try {
            cursor.open(batch.buffer(), batch.index());
            return filterRecords(batch, headerStays);
        } finally {
            cursor.close();
        }
    }

    private @Nullable ByteBuf filterRecords(RecordBatch batch, boolean headerStays) {
        staying.clear();
        boolean hasTombstone = false;
        for (int i = 0; cursor.next(); i++) {
            if (stays(batch)) {
                staying.set(i);
                hasTombstone |= cursor.valueLength() < 0 && cursor.offset() < endOffset;
            }
        }
        if (staying.isEmpty()) {
            return headerStays ? empty(batch) : drop();
        }
        boolean needsHorizon = hasTombstone && !batch.hasDeleteHorizon();
        if (staying.cardinality() == batch.recordCount() && !needsHorizon) {
            return keep(batch);
        }
        return rewrite(batch, needsHorizon ? horizonMs : BatchRewriter.SAME_HORIZON);
    }

    private boolean stays(RecordBatch batch) {
        long offset = cursor.offset();
        if (offset >= endOffset) {
            return true;
        }
        if (cursor.keyLength() < 0) {
            keylessRecords++;
            return false;
        }
        return offset >= startOffset
                && offset >= newest.get(cursor.buffer(), cursor.keyIndex(), cursor.keyLength())
                && (cursor.valueLength() >= 0 || !batch.hasDeleteHorizon() || nowMs < batch.baseTimestamp());
    }

    private ByteBuf keep(RecordBatch batch) {
        recordsKept += batch.recordCount();
        return batch.buffer().retainedSlice(batch.index(), batch.sizeInBytes());
    }

    private @Nullable ByteBuf drop() {
        batchesChanged++;
        return null;
    }

    private ByteBuf empty(RecordBatch batch) {
        if (batch.recordCount() == 0) {
            return keep(batch);
        }
        batchesChanged++;
        return BatchRewriter.emptyOf(batch, allocator);
    }

    /** The records that stay, of the batch that the cursor is open over. */
    private ByteBuf rewrite(RecordBatch batch, long horizon) {
        batchesChanged++;
        cursor.rewind();
        rewriter.begin(batch, cursor, horizon);
        try {
            for (int i = 0; cursor.next(); i++) {
                if (staying.get(i)) {
                    rewriter.keep();
                }
            }
            recordsKept += rewriter.kept();
            return rewriter.end();
        } finally {
            rewriter.release();
        }
    }

    /** Batches that were dropped, emptied or made smaller, or got a delete horizon. */
    public long batchesChanged() {
        return batchesChanged;
    }

    public long recordsRead() {
        return recordsRead;
    }

    public long recordsKept() {
        return recordsKept;
    }

    /** Records that went because they have no key. */
    public long keylessRecords() {
        return keylessRecords;
    }

    @Override
    public void close() {
        rewriter.release();
        cursor.close();
    }
}
