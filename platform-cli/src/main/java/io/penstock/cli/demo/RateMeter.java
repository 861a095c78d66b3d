package io.penstock.cli.demo;

import io.penstock.cli.terminal.Figures;
import java.util.ArrayDeque;
import java.util.Deque;

/** The rate of a growing amount over the last seconds. Given the time; not thread-safe. */
final class RateMeter {

    private static final long WINDOW_NANOS = 2_000_000_000L;

    private final Deque<long[]> samples = new ArrayDeque<>();

    /** Takes the amount as it is now, and gives the rate per second since the oldest sample of the window. */
    double sample(long amount, long nowNanos) {
        samples.addLast(new long[] {nowNanos, amount});
        while (samples.size() > 2 && nowNanos - samples.getFirst()[0] > WINDOW_NANOS) {
            samples.removeFirst();
        }
        long[] oldest = samples.getFirst();
        return Figures.rate(amount - oldest[1], nowNanos - oldest[0]);
    }
}
