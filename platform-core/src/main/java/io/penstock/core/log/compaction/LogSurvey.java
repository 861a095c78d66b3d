package io.penstock.core.log.compaction;

import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What compaction must know of the whole log before it touches any of it: the last batch of each producer id, which
 * transactions were aborted, and where the first open one begins. Shown every batch in order. Not thread-safe.
 */
public final class LogSurvey {

    private static final class Producer {
        private long lastBatch;
        private long lastTimestamp;
        private boolean hasData;
        private long transactionStart = -1;

        /** Start offset to the offset of the marker. */
        private @Nullable NavigableMap<Long, Long> aborted;
    }

    private final Map<Long, Producer> producers = new HashMap<>();
    private final long oldestTimestamp;

    /** @param oldestTimestamp of producers whose last batch is older than this nothing is kept, in ms since 1970 */
    public LogSurvey(long oldestTimestamp) {
        this.oldestTimestamp = oldestTimestamp;
    }

    /**
     * Notes a batch, of which the header is enough unless it is a control batch.
     *
     * @param cursor for the record of a control batch; closed afterwards
     */
    public void note(RecordBatch batch, RecordCursor cursor) {
        if (batch.isControl()) {
            noteMarker(batch, ControlRecord.of(batch, cursor));
        } else {
            noteData(batch);
        }
    }

    private void noteData(RecordBatch batch) {
        if (batch.producerId() == RecordBatch.NO_PRODUCER_ID) {
            return;
        }
        Producer producer = producerOf(batch);
        producer.hasData = true;
        producer.lastBatch = batch.lastOffset();
        if (batch.isTransactional() && producer.transactionStart < 0) {
            producer.transactionStart = batch.baseOffset();
        }
    }

    /** Notes a marker, which ends the producer's transaction. */
    private void noteMarker(RecordBatch batch, ControlRecord kind) {
        Producer producer = producerOf(batch);
        if (!producer.hasData) {
            producer.lastBatch = batch.lastOffset();
        }
        if (kind == ControlRecord.ABORT && producer.transactionStart >= 0) {
            if (producer.aborted == null) {
                producer.aborted = new TreeMap<>();
            }
            producer.aborted.put(producer.transactionStart, batch.baseOffset());
        }
        if (kind != ControlRecord.OTHER) {
            producer.transactionStart = -1;
        }
    }

    private Producer producerOf(RecordBatch batch) {
        Producer producer = producers.computeIfAbsent(batch.producerId(), id -> new Producer());
        producer.lastTimestamp = Math.max(producer.lastTimestamp, batch.maxTimestamp());
        return producer;
    }

    /** The first offset of a transaction that has no end yet; {@link Long#MAX_VALUE} if there is none. */
    public long firstOpenTransaction() {
        return producers.values().stream()
                .mapToLong(producer -> producer.transactionStart)
                .filter(start -> start >= 0)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Whether a batch of data belongs to a transaction that was aborted. */
    public boolean isAborted(RecordBatch batch) {
        if (!batch.isTransactional()) {
            return false;
        }
        Producer producer = producers.get(batch.producerId());
        if (producer == null || producer.aborted == null) {
            return false;
        }
        Map.Entry<Long, Long> transaction = producer.aborted.floorEntry(batch.baseOffset());
        return transaction != null && batch.baseOffset() < transaction.getValue();
    }

    /** Whether a batch tells the last sequence of a producer that may still be there. */
    boolean isLastOfProducer(RecordBatch batch) {
        Producer producer = producers.get(batch.producerId());
        return producer != null
                && producer.lastBatch == batch.lastOffset()
                && producer.lastTimestamp >= oldestTimestamp;
    }
}
