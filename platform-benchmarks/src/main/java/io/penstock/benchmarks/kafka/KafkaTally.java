package io.penstock.benchmarks.kafka;

import io.penstock.cli.perf.Fingerprint;
import io.penstock.cli.perf.OffsetOrder;
import io.penstock.cli.perf.RateReport;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What one consumer has received, from its first record to the last one that it wants. For one thread at a time. */
final class KafkaTally {

    private final long wanted;
    private final OffsetOrder order = new OffsetOrder();
    private final Fingerprint fingerprint = new Fingerprint();
    private long startNanos;
    private long endNanos;
    private long records;
    private long bytes;

    KafkaTally(long wanted) {
        this.wanted = wanted;
    }

    /** Counts a record, unless it is one more than wanted. */
    void add(ConsumerRecord<byte[], byte[]> record) {
        if (isComplete()) {
            return;
        }
        if (records == 0) {
            startNanos = System.nanoTime();
        }
        records++;
        bytes += record.value().length;
        order.add(record.partition(), record.offset());
        fingerprint.add(record.value());
        if (isComplete()) {
            endNanos = System.nanoTime();
        }
    }

    boolean isComplete() {
        return records >= wanted;
    }

    /** What several have received that are all complete. */
    static DriverReport report(List<KafkaTally> tallies) {
        long start = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        long records = 0;
        long bytes = 0;
        long missing = 0;
        long repeated = 0;
        Fingerprint all = new Fingerprint();
        for (KafkaTally tally : tallies) {
            start = Math.min(start, tally.startNanos);
            end = Math.max(end, tally.endNanos);
            records += tally.records;
            bytes += tally.bytes;
            missing += tally.order.missing();
            repeated += tally.order.repeated();
            all.add(tally.fingerprint);
        }
        return new DriverReport(new RateReport(records, bytes, end - start), Map.of(), missing, repeated, all.sum());
    }
}
