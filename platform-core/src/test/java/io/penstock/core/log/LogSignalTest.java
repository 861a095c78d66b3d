package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LogSignalTest {

    private final AtomicLong highWatermark = new AtomicLong(10);
    private final LogSignal signal = new LogSignal(highWatermark::get);
    private final List<String> woken = new ArrayList<>();

    @Test
    void wakesThoseWhomTheHighWatermarkHasPassedOnceAndInOrder() {
        waitFor(12, "second of 12");
        waitFor(10, "10");
        waitFor(12, "12 again");
        waitFor(11, "11");
        assertThat(woken).isEmpty();

        moveTo(11);
        assertThat(woken).containsExactly("10");
        moveTo(13);
        assertThat(woken).containsExactly("10", "11", "second of 12", "12 again");
        moveTo(99);
        assertThat(woken).hasSize(4);
        assertThat(signal.waiterCount()).isZero();
    }

    @Test
    void runsAtOnceWhenThereIsNothingToWaitFor() {
        waitFor(9, "passed");

        assertThat(woken).containsExactly("passed");
        assertThat(signal.waiterCount()).isZero();
    }

    @Test
    void doesNotWakeWhoCancelled() {
        LogSignal.Cancellation cancellation = waitFor(10, "cancelled");
        waitFor(10, "stays");

        cancellation.cancel();
        cancellation.cancel();
        assertThat(signal.waiterCount()).isEqualTo(1);
        moveTo(20);

        assertThat(woken).containsExactly("stays");
    }

    @Test
    void wakesEverybodyOnATruncationButNobodyTwice() {
        // a reader that parks again inside of its wake must stay parked, not go round for ever
        signal.whenBeyond(10, () -> {
            woken.add("disturbed");
            waitFor(5 + highWatermark.get(), "parked again");
        });

        signal.disturb();

        assertThat(woken).containsExactly("disturbed");
        assertThat(signal.waiterCount()).isEqualTo(1);
    }

    @Test
    void wakesEverybodyAtTheEndAndWhoComesLaterAtOnce() {
        waitFor(50, "early");

        signal.end();
        waitFor(60, "late");

        assertThat(woken).containsExactly("early", "late");
        assertThat(signal.waiterCount()).isZero();
    }

    @Test
    void goesOnWhenAWakeFails() {
        signal.whenBeyond(10, () -> {
            throw new IllegalStateException("thrown on purpose by a test");
        });
        waitFor(10, "after it");

        moveTo(11);

        assertThat(woken).containsExactly("after it");
    }

    @Test
    void keepsThousandsOfWaitersApart() {
        AtomicInteger wakes = new AtomicInteger();
        for (int i = 0; i < 10_000; i++) {
            signal.whenBeyond(10 + i, wakes::incrementAndGet);
        }

        for (int i = 1; i <= 10_000; i++) {
            moveTo(10 + i);
            assertThat(wakes).hasValue(i);
        }
    }

    @Test
    @Timeout(60)
    void losesNoWakeWhenAWaiterComesWhileTheHighWatermarkMoves() throws Exception {
        int rounds = 50_000;
        ExecutorService publisher = Executors.newSingleThreadExecutor();
        try {
            Future<?> publishing = publisher.submit(() -> {
                for (int i = 1; i <= rounds; i++) {
                    // the next move comes only when the waiter has seen this one: a lost wake is a standstill
                    awaitAtLeast(seen, i - 1);
                    moveTo(10 + i);
                }
            });
            for (int i = 0; i < rounds; i++) {
                CountDownLatch wake = new CountDownLatch(1);
                signal.whenBeyond(10 + i, wake::countDown);
                assertThat(wake.await(20, TimeUnit.SECONDS)).as("wake %s", i).isTrue();
                seen.incrementAndGet();
            }
            publishing.get(20, TimeUnit.SECONDS);
        } finally {
            publisher.shutdownNow();
        }
        assertThat(signal.waiterCount()).isZero();
    }

    @Test
    @Timeout(60)
    void losesNoWakeWhenAWaiterComesWhileTheLogEnds() throws Exception {
        ExecutorService ending = Executors.newSingleThreadExecutor();
        try {
            for (int i = 0; i < 2_000; i++) {
                LogSignal once = new LogSignal(() -> 0);
                CountDownLatch wakes = new CountDownLatch(3);
                Future<?> end = ending.submit(once::end);
                for (int j = 0; j < 3; j++) {
                    once.whenBeyond(j, wakes::countDown);
                }
                assertThat(wakes.await(20, TimeUnit.SECONDS)).isTrue();
                end.get(20, TimeUnit.SECONDS);
                assertThat(once.waiterCount()).isZero();
            }
        } finally {
            ending.shutdownNow();
        }
    }

    private final AtomicInteger seen = new AtomicInteger();

    private static void awaitAtLeast(AtomicInteger counter, int value) {
        while (counter.get() < value) {
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("the waiter has given up");
            }
            Thread.onSpinWait();
        }
    }

    private LogSignal.Cancellation waitFor(long offset, String name) {
        return signal.whenBeyond(offset, () -> woken.add(name));
    }

    private void moveTo(long offset) {
        highWatermark.set(offset);
        signal.highWatermarkMoved();
    }
}
