package io.penstock.cli.perf;

/**
 * How long records take to their result. Every 64th is timed; results come in the order of the records, so their number
 * is enough to find the time at which one left.
 *
 * <p>{@link #sent} and {@link #answered} may be called by two threads, one each; a result of a record follows its
 * sending through the producer, which makes the time visible.
 */
public final class AnswerTimes {

    private static final int EVERY = 64;

    private final Latencies latencies = new Latencies();
    private final long[] sentNanos;

    /** @param records how many are timed at most */
    public AnswerTimes(long records) {
        sentNanos = new long[Math.toIntExact(records / EVERY + 1)];
    }

    /** Takes a record's beginning to be now. */
    public void sent(long number) {
        if (number % EVERY == 0) {
            sentNanos[(int) (number / EVERY)] = System.nanoTime();
        }
    }

    /** Takes a record's beginning to be when it was due. */
    public void sent(long number, Pace pace) {
        if (number % EVERY == 0) {
            sentNanos[(int) (number / EVERY)] = pace.dueNanos(number);
        }
    }

    /** Takes a record to be answered now. */
    public void answered(long number) {
        if (number % EVERY == 0) {
            latencies.record(System.nanoTime() - sentNanos[(int) (number / EVERY)]);
        }
    }

    /** Of those that were answered. */
    public Latencies latencies() {
        return latencies;
    }
}
