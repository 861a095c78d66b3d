package io.penstock.cli.terminal;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A wish that is made at most once and never taken back; and, once it is made, whether something still moves towards the
 * end. Thread-safe.
 */
public final class StopRequest {

    private final CompletableFuture<Boolean> requested = new CompletableFuture<>();
    private volatile long movedNanos = System.nanoTime();

    /** Makes the wish; from the second time on this does nothing. */
    public void request() {
        movedNanos = System.nanoTime();
        requested.complete(true);
    }

    /** Tells that the work goes on; worth telling after the wish only. */
    public void moved() {
        if (requested.isDone()) {
            movedNanos = System.nanoTime();
        }
    }

    /** Completes when the wish has been made and nothing has moved for a time since. */
    public CompletableFuture<Void> stuck(Duration after) {
        return requested.thenCompose(made -> stuckFrom(movedNanos, after));
    }

    private CompletableFuture<Void> stuckFrom(long lastMovedNanos, Duration after) {
        Executor later = CompletableFuture.delayedExecutor(
                lastMovedNanos + after.toNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
        return CompletableFuture.runAsync(() -> {}, later)
                .thenCompose(waited -> movedNanos == lastMovedNanos
                        ? CompletableFuture.completedFuture(null)
                        : stuckFrom(movedNanos, after));
    }

    public boolean isRequested() {
        return requested.isDone();
    }

    /** The end of work whose elements nobody wants, or the request if that comes first; elements cost nothing more for it. */
    public Mono<Void> orEndOf(Flux<?> work) {
        return work.then().takeUntilOther(requested());
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
