package io.penstock.core.runtime;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does one round of work whenever there is news for it, on one thread at a time: whoever brings news that comes during
 * a round has another one done behind it, and goes on at once. A round sees what was written before the news that it is
 * for, and what earlier rounds wrote. This is the counter of work in progress that Reactor's operators are built on.
 *
 * <p>Any thread may bring news, a round too. Nothing waits, and nothing is allocated. A round must not throw: the loop
 * would stand still for ever.
 */
public final class DrainLoop {

    private static final Executor HERE = Runnable::run;

    private final AtomicInteger news;
    private final Executor executor;
    private final Runnable round;
    private final Runnable rounds = this::goRound;

    private DrainLoop(int held, Executor executor, Runnable round) {
        this.news = new AtomicInteger(held);
        this.executor = executor;
        this.round = round;
    }

    /** A loop whose rounds are done by whoever brings the news. */
    public static DrainLoop of(Runnable round) {
        return new DrainLoop(0, HERE, round);
    }

    /** The same, but nothing is done before {@link #release()}. */
    public static DrainLoop held(Runnable round) {
        return new DrainLoop(1, HERE, round);
    }

    /** A loop whose rounds are tasks of an executor. */
    public static DrainLoop on(Executor executor, Runnable round) {
        return new DrainLoop(0, executor, round);
    }

    /** There is news. */
    public void signal() {
        if (news.getAndIncrement() == 0) {
            executor.execute(rounds);
        }
    }

    /** Does the first round of a loop that was {@link #held}; called once. */
    public void release() {
        executor.execute(rounds);
    }

    private void goRound() {
        int seen = news.get();
        do {
            round.run();
            seen = news.addAndGet(-seen);
        } while (seen != 0);
    }
}
