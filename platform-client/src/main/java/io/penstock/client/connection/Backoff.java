package io.penstock.client.connection;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.time.Duration;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: doubled each time up to a limit, less a random share, so that clients that
 * lost the same broker do not come back in step.
 *
 * @param first after the first failure; 1 ms or more
 * @param max the longest; {@code first} or more
 * @param jitter the largest share that chance takes off, from 0 to 1
 */
public record Backoff(Duration first, Duration max, double jitter) {

    /** From 50 ms to 5 s, up to a half off. */
    public static final Backoff DEFAULTS = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(5), 0.5);

    private static final int MAX_DOUBLINGS = 30;

    public Backoff {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(max, "max");
        if (first.toMillis() < 1) {
            throw new IllegalArgumentException("first must be 1 ms or more, was " + first);
        }
        if (max.compareTo(first) < 0 || max.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("max must be from " + first + " to 1 day, was " + max);
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("jitter must be from 0 to 1, was " + jitter);
        }
    }

    /**
     * Whether trying again after a wait may help: if the error is of that kind, or was not foreseen by the broker, which
     * may do better the next time.
     */
    public static boolean canHelp(PenstockException error) {
        return error.isRetriable() || error.code() == ErrorCode.UNKNOWN_SERVER_ERROR;
    }

    /** The wait after so many failures in a row, counted from 1. */
    public Duration after(int failures, RandomGenerator random) {
        int doublings = Math.min(MAX_DOUBLINGS, Math.max(0, failures - 1));
        long full = Math.min(max.toMillis(), first.toMillis() << Math.min(doublings, freeShift()));
        return Duration.ofMillis(Math.max(1, Math.round(full * (1 - jitter * random.nextDouble()))));
    }

    /** How often the first wait can be doubled without overflow. */
    private int freeShift() {
        return Long.numberOfLeadingZeros(first.toMillis()) - 2;
    }
}
