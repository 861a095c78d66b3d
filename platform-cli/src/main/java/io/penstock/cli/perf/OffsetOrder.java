package io.penstock.cli.perf;

import java.util.Arrays;

/** Looks whether the offsets of a topic's partitions come one after the other. Not thread-safe. */
public final class OffsetOrder {

    private static final long UNKNOWN = -1;

    private long[] expected = {UNKNOWN};
    private long repeated;
    private long missing;

    /** Takes a record's place; the first one of a partition may be anywhere. */
    public void add(int partition, long offset) {
        if (partition >= expected.length) {
            int known = expected.length;
            expected = Arrays.copyOf(expected, Math.max(2 * known, partition + 1));
            Arrays.fill(expected, known, expected.length, UNKNOWN);
        }
        long next = expected[partition];
        if (offset != next && next != UNKNOWN) {
            irregular(offset, next);
        }
        expected[partition] = Math.max(next, offset + 1);
    }

    private void irregular(long offset, long next) {
        if (offset < next) {
            repeated++;
        } else {
            missing += offset - next;
        }
    }

    /** Records that came again, or after later ones. */
    public long repeated() {
        return repeated;
    }

    /** Offsets that were left out: compacted, deleted meanwhile, or lost. */
    public long missing() {
        return missing;
    }
}
