package io.penstock.cli.perf;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Numbered records that were sent at a {@link Pace}, as they arrive: how long each took since it was due, and whether
 * it comes once and in its partition's order. For one thread at a time.
 */
public final class Arrivals {

    private final Pace pace;
    private final long before;
    private final BitSet seen;
    private final Latencies latencies = new Latencies();
    private final int total;
    private long[] lastNumbers = {};
    private long arrived;
    private long counted;
    private long bytes;
    private long lastNanos;

    /**
     * @param before how many come first and are not counted
     * @param total how many come, with those
     */
    public Arrivals(Pace pace, long before, long total) {
        this.pace = pace;
        this.before = before;
        this.total = Math.toIntExact(total);
        this.seen = new BitSet(this.total);
    }

    /**
     * Takes a record that has just arrived.
     *
     * @throws IllegalArrivalException if it is none that was sent, came before, or comes after a later one
     */
    public void add(int partition, long offset, byte @Nullable [] value) {
        lastNanos = System.nanoTime();
        long number = value == null ? -1 : NumberedValue.number(value);
        if (number < 0 || number >= total) {
            throw illegal("is none of the records that are sent", partition, offset);
        }
        if (seen.get((int) number)) {
            throw illegal("is record " + number + " for the second time", partition, offset);
        }
        seen.set((int) number);
        checkOrder(partition, offset, number);
        arrived++;
        if (number >= before) {
            latencies.record(lastNanos - pace.dueNanos(number));
            counted++;
            bytes += value == null ? 0 : value.length;
        }
    }

    private void checkOrder(int partition, long offset, long number) {
        if (partition >= lastNumbers.length) {
            int known = lastNumbers.length;
            lastNumbers = Arrays.copyOf(lastNumbers, partition + 1);
            Arrays.fill(lastNumbers, known, lastNumbers.length, -1);
        }
        if (number < lastNumbers[partition]) {
            throw illegal("is record " + number + " after record " + lastNumbers[partition], partition, offset);
        }
        lastNumbers[partition] = number;
    }

    private static IllegalArrivalException illegal(String what, int partition, long offset) {
        return new IllegalArrivalException(
                "the record at offset " + offset + " of partition " + partition + " " + what);
    }

    /** Whether all have arrived. */
    public boolean isComplete() {
        return arrived == total;
    }

    /** Of those that count, since they were due. */
    public Latencies latencies() {
        return latencies;
    }

    /** Those that count, from when the first of them was due to when the last record arrived. */
    public RateReport rate() {
        return new RateReport(counted, bytes, lastNanos - pace.dueNanos(before));
    }

    /** How many count. */
    public long counted() {
        return counted;
    }
}
