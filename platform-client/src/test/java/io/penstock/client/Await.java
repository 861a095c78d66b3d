package io.penstock.client;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads bring about. */
public final class Await {

    /** After this long something that is awaited has gone wrong. */
    public static final Duration TIMEOUT = Duration.ofSeconds(60);

    private Await() {}

    /** Returns when the condition holds; fails if it does not come true. */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for: " + what);
            }
            LockSupport.parkNanos(100_000);
        }
    }

    /** Holds the thread up until the latch is down. */
    public static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
