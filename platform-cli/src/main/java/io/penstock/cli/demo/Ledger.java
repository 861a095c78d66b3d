package io.penstock.cli.demo;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What a consumer got, compared with what was sent: every number once, within a partition in ascending order, each with
 * the text that the corpus has for it. One bit a record. Written by one thread at a time; the counters are for any.
 */
final class Ledger {

    private final Corpus corpus;
    private final BitSet seen = new BitSet();
    private final Map<Integer, Long> lastOfPartition = new HashMap<>();
    private volatile long records;
    private volatile long bytes;
    private volatile long repeated;
    private volatile long disordered;
    private volatile long altered;

    Ledger(Corpus corpus) {
        this.corpus = corpus;
    }

    /** Enters a record; called by one thread at a time. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    void enter(int partition, byte[] value) {
        records++;
        bytes += value.length;
        long number = NumberedLine.numberOf(value);
        if (number < 0 || number > Integer.MAX_VALUE || !NumberedLine.hasText(value, corpus.line(number))) {
            altered++;
            return;
        }
        if (seen.get((int) number)) {
            repeated++;
            return;
        }
        seen.set((int) number);
        Long last = lastOfPartition.put(partition, number);
        if (last != null && last > number) {
            disordered++;
        }
    }

    /** How many of the numbers from 0 were not seen; call it when no record can come any more. */
    long lost(long sent) {
        return sent - seen.get(0, (int) Math.min(sent, Integer.MAX_VALUE)).cardinality();
    }

    /** How many records were seen a second time. */
    long repeated() {
        return repeated;
    }

    /** How many came after a later one of their partition. */
    long disordered() {
        return disordered;
    }

    /** How many had another text than was sent. */
    long altered() {
        return altered;
    }

    long records() {
        return records;
    }

    long bytes() {
        return bytes;
    }

    /** Whether everything that was sent is there once, in order and unchanged. */
    boolean isComplete(long sent) {
        return Arrays.stream(new long[] {lost(sent), repeated, disordered, altered})
                .allMatch(count -> count == 0);
    }
}
