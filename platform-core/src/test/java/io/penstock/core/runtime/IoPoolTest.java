package io.penstock.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

class IoPoolTest {

    /**
     * Guards FINDINGS 17: with a scheduler made by {@code Schedulers.fromExecutorService} the cancelled tasks are
     * interrupted, and the channel is closed for all.
     */
    @Test
    void leavesAFileChannelOpenThroughTenThousandCancels(@TempDir Path directory) throws Exception {
        try (IoPool pool = new IoPool("test-io", 2);
                FileChannel file = FileChannel.open(
                        directory.resolve("file"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(4096));
            Scheduler scheduler = Schedulers.fromExecutor(pool);
            AtomicInteger failures = new AtomicInteger();
            for (int i = 0; i < 10_000; i++) {
                Disposable read = scheduler.schedule(() -> {
                    try {
                        file.read(ByteBuffer.allocateDirect(4096), 0);
                    } catch (IOException e) {
                        failures.incrementAndGet();
                    }
                });
                if (i % 7 == 0) {
                    Thread.onSpinWait();
                }
                read.dispose();
            }
            CountDownLatch drained = new CountDownLatch(2);
            pool.execute(drained::countDown);
            pool.execute(drained::countDown);
            assertThat(drained.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(failures).hasValue(0);
            assertThat(file.isOpen()).isTrue();
        }
    }

    @Test
    void goesOnAfterATaskThatThrows() throws Exception {
        try (IoPool pool = new IoPool("test-io", 1)) {
            CountDownLatch ran = new CountDownLatch(1);
            pool.execute(() -> {
                throw new IllegalStateException("on purpose");
            });
            pool.execute(ran::countDown);
            assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void finishesWhatItTookBeforeItWasClosed() throws Exception {
        CountDownLatch ran = new CountDownLatch(100);
        try (IoPool pool = new IoPool("test-io", 1)) {
            for (int i = 0; i < 100; i++) {
                pool.execute(ran::countDown);
            }
        }
        assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void runsACallbackThatComesAfterTheCloseOnTheThreadThatHandsItIn() {
        IoPool pool = IoPool.ofCallbacks("test-callbacks", 1);
        List<Thread> ranOn = new CopyOnWriteArrayList<>();

        pool.close();
        pool.execute(() -> ranOn.add(Thread.currentThread()));

        assertThat(ranOn).containsExactly(Thread.currentThread());
    }

    @Test
    void runsTheTasksOfASerialExecutorOneAtATimeInTheirOrder() throws Exception {
        try (IoPool pool = new IoPool("test-io", 4)) {
            SerialExecutor serial = new SerialExecutor(pool);
            List<Integer> order = new ArrayList<>();
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger overlaps = new AtomicInteger();
            CountDownLatch done = new CountDownLatch(10_000);
            for (int i = 0; i < 10_000; i++) {
                int number = i;
                serial.execute(() -> {
                    if (inside.incrementAndGet() != 1) {
                        overlaps.incrementAndGet();
                    }
                    order.add(number);
                    inside.decrementAndGet();
                    done.countDown();
                });
            }
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(overlaps).hasValue(0);
            assertThat(order).isSorted().hasSize(10_000);
        }
    }
}
