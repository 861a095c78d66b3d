package io.penstock.cli.perf;

import io.penstock.cli.terminal.Progress;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.ReceivedBatch;
import org.jspecify.annotations.Nullable;

/** What one consumer has received, from its first record to the last one that it wants. For one thread at a time. */
final class ReceivedTally {

    private final long wanted;
    private final @Nullable Progress progress;
    private final OffsetOrder order = new OffsetOrder();
    private final Fingerprint fingerprint = new Fingerprint();
    private long startNanos = System.nanoTime();
    private long endNanos;
    private long records;
    private long bytes;

    /** @param progress is told now and then; null if another consumer tells */
    ReceivedTally(long wanted, @Nullable Progress progress) {
        this.wanted = wanted;
        this.progress = progress;
    }

    /** Counts a record, and says that it is finished. */
    void add(ConsumerRecord<byte[], byte[]> record) {
        count(record);
        record.acknowledge();
    }

    /** Counts a batch's records as far as they are wanted, says that they are finished, and closes it. */
    void add(ReceivedBatch<byte[], byte[]> batch) {
        boolean whole = batch.recordCount() <= wanted - records;
        try (batch) {
            for (ConsumerRecord<byte[], byte[]> record : batch) {
                if (isComplete()) {
                    return;
                }
                count(record);
                if (!whole) {
                    record.acknowledge();
                }
            }
            if (whole) {
                batch.acknowledge();
            }
        }
    }

    private void count(ConsumerRecord<byte[], byte[]> record) {
        if (records == 0) {
            startNanos = System.nanoTime();
        }
        records++;
        order.add(record.partition(), record.offset());
        byte[] key = record.key();
        byte[] value = record.value();
        bytes += key == null ? 0 : key.length;
        if (value != null) {
            bytes += value.length;
            fingerprint.add(value);
        }
        if (isComplete()) {
            endNanos = System.nanoTime();
        }
        if (progress != null) {
            progress.updateNowAndThen(records, bytes);
        }
    }

    boolean isComplete() {
        return records >= wanted;
    }

    long wanted() {
        return wanted;
    }

    long startNanos() {
        return startNanos;
    }

    /** When it had all, or now if it has not. */
    long endNanos() {
        return isComplete() ? endNanos : System.nanoTime();
    }

    long records() {
        return records;
    }

    long bytes() {
        return bytes;
    }

    OffsetOrder order() {
        return order;
    }

    Fingerprint fingerprint() {
        return fingerprint;
    }
}
