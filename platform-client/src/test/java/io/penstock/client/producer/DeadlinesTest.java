package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

class DeadlinesTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final List<String> due = new ArrayList<>();
    private final List<Throwable> thrown = new ArrayList<>();

    /** Like a real one it survives what its tasks throw; virtual time alone does not. */
    private final class Timers implements Scheduler {

        @Override
        public Disposable schedule(Runnable task) {
            return schedule(task, 0, TimeUnit.NANOSECONDS);
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            return time.schedule(() -> runCatching(task), delay, unit);
        }

        private void runCatching(Runnable task) {
            try {
                task.run();
            } catch (IllegalStateException e) {
                thrown.add(e);
            }
        }

        @Override
        public Worker createWorker() {
            return time.createWorker();
        }
    }

    private void onDue(List<String> things) {
        due.addAll(things);
        if (things.contains("broken")) {
            throw new IllegalStateException("on purpose");
        }
    }

    @Test
    void callsTheNextThoughTheOneBeforeThrew() {
        Deadlines<String> deadlines = new Deadlines<>(
                Duration.ofMillis(10), new Timers(), () -> time.now(TimeUnit.NANOSECONDS), thing -> false, this::onDue);
        deadlines.add("broken");
        time.advanceTimeBy(Duration.ofMillis(5));
        deadlines.add("next");
        time.advanceTimeBy(Duration.ofMillis(5));
        assertThat(due).containsExactly("broken");
        assertThat(thrown).hasSize(1);
        time.advanceTimeBy(Duration.ofMillis(5));
        assertThat(due).containsExactly("broken", "next");
    }
}
