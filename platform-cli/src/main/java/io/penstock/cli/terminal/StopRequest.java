package io.penstock.cli.terminal;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;

/** A wish that is made at most once and never taken back. Thread-safe. */
public final class StopRequest {

    private final CompletableFuture<Boolean> requested = new CompletableFuture<>();

    /** Makes the wish; from the second time on this does nothing. */
    public void request() {
        requested.complete(true);
    }

    public boolean isRequested() {
        return requested.isDone();
    }

    /** Gives {@code true} when the wish is made, on the thread that makes it; cancelling it changes nothing. */
    public Mono<Boolean> requested() {
        return Mono.fromFuture(requested, true);
    }

    /** Blocks until the wish is made. */
    public void await() {
        requested.join();
    }

    /** Blocks until the wish is made, but not longer than a time; tells whether it was made. */
    public boolean await(Duration atMost) {
        try {
            return requested.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing completes it with an error", e);
        }
    }
}
