package io.penstock.client.group;

import java.time.Duration;
import java.util.Objects;

/** When a member commits. {@code commit()} of the consumer commits at any time, whatever the policy. */
public sealed interface CommitPolicy {

    /** Every second, and after 10,000 records; see {@link #automatic(Duration, int)}. */
    static CommitPolicy automatic() {
        return new Automatic(Duration.ofSeconds(1), 10_000);
    }

    /**
     * Commits what is acknowledged by itself: some time after the first acknowledgement, or when there are so many,
     * whichever is sooner; and when a partition is given up.
     *
     * @param interval 1 ms to 1 day
     * @param count 1 or more
     */
    static CommitPolicy automatic(Duration interval, int count) {
        return new Automatic(interval, count);
    }

    /** Commits when told to and at no other time. A partition is given up when all is acknowledged and committed. */
    static CommitPolicy manual() {
        return new Manual();
    }

    /**
     * Commits each batch before its records are handed out, so that a crash repeats none, and loses those that were handed
     * out and not handled, and of each partition the rest of a batch and the next one. Acknowledgements mean nothing.
     */
    static CommitPolicy atMostOnce() {
        return new AtMostOnce();
    }

    /** By itself. */
    record Automatic(Duration interval, int count) implements CommitPolicy {
        public Automatic {
            Objects.requireNonNull(interval, "interval");
            if (interval.toMillis() < 1 || interval.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException("interval must be from 1 ms to 1 day, was " + interval);
            }
            if (count < 1) {
                throw new IllegalArgumentException("count must be 1 or more, was " + count);
            }
        }
    }

    /** When told to. */
    record Manual() implements CommitPolicy {}

    /** Before records are handed out. */
    record AtMostOnce() implements CommitPolicy {}
}
