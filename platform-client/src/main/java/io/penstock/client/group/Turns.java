package io.penstock.client.group;

import java.time.Duration;
import reactor.core.Disposable;

/** Where a subscription and its member run: one task at a time. */
public interface Turns {

    /** Runs a task in turn; what it throws ends the subscription. */
    void execute(Runnable task);

    /** Runs a task in turn, later. */
    Disposable executeLater(Runnable task, Duration delay);

    /**
     * Runs a short task again and again, and not in turn but on the thread of the timers: also while a handler holds
     * the turn.
     */
    Disposable repeatBeside(Runnable task, Duration interval);

    /** How long to wait after so many failures in a row. */
    Duration backoff(int failures);
}
