package io.penstock.client.consumer;

import io.penstock.client.connection.Backoff;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * How often the handler of a record is called before the record has failed.
 *
 * @param maxAttempts calls in all, 1 or more
 * @param backoff how long to wait before the next one
 * @param canHelp whether another attempt can help after an error; called on a worker. If it throws, the whole ends with a
 *     {@link RecordFailedException}
 */
public record RetryPolicy(int maxAttempts, Backoff backoff, Predicate<? super Throwable> canHelp) {

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10), 0.5);

    public RetryPolicy {
        Objects.requireNonNull(backoff, "backoff");
        Objects.requireNonNull(canHelp, "canHelp");
        if (maxAttempts < 1) {
            throw new IllegalArgumentException("maxAttempts must be 1 or more, was " + maxAttempts);
        }
    }

    /** So many calls, whatever the error, with waits from 100 ms to 10 s, up to a half off. */
    public static RetryPolicy attempts(int maxAttempts) {
        return new RetryPolicy(maxAttempts, BACKOFF, error -> true);
    }

    /** One call. */
    public static RetryPolicy none() {
        return attempts(1);
    }

    /** The same with other waits. */
    public RetryPolicy withBackoff(Backoff value) {
        return new RetryPolicy(maxAttempts, value, canHelp);
    }

    /** The same for some errors only; others are final at once. */
    public RetryPolicy withCanHelp(Predicate<? super Throwable> value) {
        return new RetryPolicy(maxAttempts, backoff, value);
    }

    /** Whether there is another attempt after so many, the last of which ended so. */
    boolean goesOn(int attempts, Throwable error) {
        return attempts < maxAttempts && canHelp.test(error);
    }
}
