package io.penstock.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class DrainLoopTest {

    @Test
    void doesOneRoundMoreForNewsThatComesDuringARound() {
        List<String> done = new ArrayList<>();
        AtomicReference<DrainLoop> loop = new AtomicReference<>();
        loop.set(DrainLoop.of(() -> {
            done.add("begun");
            if (done.size() == 1) {
                loop.get().signal();
                loop.get().signal();
                done.add("told twice");
            }
            done.add("ended");
        }));

        loop.get().signal();

        assertThat(done).containsExactly("begun", "told twice", "ended", "begun", "ended");
    }

    @Test
    void doesNothingBeforeItIsReleased() {
        AtomicInteger rounds = new AtomicInteger();
        DrainLoop loop = DrainLoop.held(rounds::incrementAndGet);

        loop.signal();
        assertThat(rounds).hasValue(0);

        loop.release();
        assertThat(rounds).hasValue(1);

        loop.signal();
        assertThat(rounds).hasValue(2);
    }

    @Test
    void handsItsExecutorOneTaskForAllNewsThatWaits() {
        Queue<Runnable> tasks = new ArrayDeque<>();
        AtomicInteger rounds = new AtomicInteger();
        DrainLoop loop = DrainLoop.on(tasks::add, rounds::incrementAndGet);

        loop.signal();
        loop.signal();

        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(rounds).hasValue(1);
    }

    @Test
    void losesNoNewsOfManyThreadsAndDoesOneRoundAtATime() throws InterruptedException {
        int threads = 4;
        int each = 20_000;
        Queue<Integer> news = new ConcurrentLinkedQueue<>();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        int[] taken = new int[1]; // no atomic: rounds see what rounds before them wrote
        DrainLoop loop = DrainLoop.of(() -> {
            overlaps.addAndGet(inside.getAndIncrement());
            while (news.poll() != null) {
                taken[0]++;
            }
            inside.decrementAndGet();
        });
        CountDownLatch ended = new CountDownLatch(threads);
        try (IoPool pool = new IoPool("test", threads)) {
            for (int thread = 0; thread < threads; thread++) {
                pool.execute(() -> {
                    for (int i = 0; i < each; i++) {
                        news.add(i);
                        loop.signal();
                    }
                    ended.countDown();
                });
            }
            assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        }
        loop.signal();
        assertThat(taken[0]).isEqualTo(threads * each);
        assertThat(overlaps).hasValue(0);
    }
}
