package io.penstock.client.group;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Says when to commit what is acknowledged, as the policy wants it. Has no clock and no timer. */
abstract class CommitSchedule {

    /** What to do. */
    enum Next {
        /** Nothing, or what was decided before. */
        NOTHING,
        /** Commit after the interval. */
        LATER,
        /** Commit now. */
        NOW
    }

    static CommitSchedule of(CommitPolicy policy) {
        if (policy instanceof CommitPolicy.Automatic automatic) {
            return new ByIntervalAndCount(automatic);
        }
        return policy instanceof CommitPolicy.AtMostOnce ? new AtOnce() : new Never();
    }

    /** So many more records were acknowledged. Any thread. */
    abstract Next onAcknowledged(long records);

    /** A commit of all that was acknowledged until now begins. */
    abstract void onCommit();

    /** How long {@link Next#LATER} is. */
    abstract Duration interval();

    private static final class ByIntervalAndCount extends CommitSchedule {

        private final CommitPolicy.Automatic policy;
        private final AtomicLong pending = new AtomicLong();

        ByIntervalAndCount(CommitPolicy.Automatic policy) {
            this.policy = policy;
        }

        @Override
        Next onAcknowledged(long records) {
            long before = pending.getAndAdd(records);
            if (before < policy.count() && before + records >= policy.count()) {
                return Next.NOW;
            }
            return before == 0 ? Next.LATER : Next.NOTHING;
        }

        @Override
        void onCommit() {
            pending.set(0);
        }

        @Override
        Duration interval() {
            return policy.interval();
        }
    }

    private static final class AtOnce extends CommitSchedule {

        @Override
        Next onAcknowledged(long records) {
            return Next.NOW;
        }

        @Override
        void onCommit() {}

        @Override
        Duration interval() {
            return Duration.ZERO;
        }
    }

    private static final class Never extends CommitSchedule {

        @Override
        Next onAcknowledged(long records) {
            return Next.NOTHING;
        }

        @Override
        void onCommit() {}

        @Override
        Duration interval() {
            return Duration.ZERO;
        }
    }
}
