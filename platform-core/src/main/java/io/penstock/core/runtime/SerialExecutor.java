package io.penstock.core.runtime;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks one at a time, in the order in which they came, on threads of another executor. Any thread may hand one
 * in; a task sees what the tasks before it wrote. Nothing blocks while it waits for its turn.
 *
 * <p>A task that the other executor refuses is refused here too, and leaves no trace. One that was taken is run for
 * certain: if the executor ends while it waits, on the thread that finds that out.
 */
public final class SerialExecutor implements Executor {

    private static final int TASKS_A_TURN = 64;

    private final Executor executor;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    public SerialExecutor(Executor executor) {
        this.executor = executor;
    }

    /** @throws RejectedExecutionException if the other executor refuses it */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            try {
                executor.execute(this::turn);
            } catch (RejectedExecutionException refused) {
                tasks.remove(task);
                if (waiting.decrementAndGet() > 0) {
                    turn(); // what others handed in meanwhile was taken
                }
                throw refused;
            }
        }
    }

    private void turn() {
        int done = 0;
        try {
            while (done < TASKS_A_TURN) {
                Runnable task = tasks.poll();
                done++;
                task.run();
                if (done == waiting.get()) {
                    break;
                }
            }
        } finally {
            if (waiting.addAndGet(-done) > 0) {
                nextTurn();
            }
        }
    }

    private void nextTurn() {
        try {
            executor.execute(this::turn);
        } catch (RejectedExecutionException refused) {
            turn();
        }
    }
}
