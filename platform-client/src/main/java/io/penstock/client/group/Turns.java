package io.penstock.client.group;

import java.time.Duration;
import reactor.core.Disposable;

/** Where a subscription and its member run: one task at a time. */
public interface Turns {

    /** Runs a task in turn; what it throws ends the subscription. */
    void execute(Runnable task);

    /** Runs a task in turn, later. */
    Disposable executeLater(Runnable task, Duration delay);

    /** How long to wait after so many failures in a row. */
    Duration backoff(int failures);
}
