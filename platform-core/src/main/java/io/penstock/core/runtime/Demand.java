package io.penstock.core.runtime;

import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Operators;

/**
 * What a subscriber has asked for and not been given. {@code Long.MAX_VALUE}, once reached, is everything that will ever
 * come and does not become less (Reactive Streams 3.17). Any thread may add; whoever gives takes off.
 */
public final class Demand {

    private final AtomicLong requested = new AtomicLong();

    /**
     * As much more may be given.
     *
     * @param n 1 or more
     */
    public void add(long n) {
        requested.getAndUpdate(before -> Operators.addCap(before, n));
    }

    /** How much may be given now; 0 or more. */
    public long get() {
        return requested.get();
    }

    /** As much was given, of what there was. */
    public void given(long n) {
        requested.getAndUpdate(before -> before == Long.MAX_VALUE ? before : before - n);
    }

    /** What a subscriber is told that asked for 0 or less. */
    public static IllegalArgumentException refused(long n) {
        return new IllegalArgumentException("demand must be more than 0 (Reactive Streams 3.9), was " + n);
    }
}
