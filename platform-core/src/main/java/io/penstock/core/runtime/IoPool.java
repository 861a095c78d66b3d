package io.penstock.core.runtime;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.NonBlocking;

/**
 * Threads that may block on files, and that nobody interrupts: an interrupt closes the {@code FileChannel} that the
 * thread is in, for all its users, which is why no Reactor scheduler of an {@code ExecutorService} stands here (their
 * workers interrupt on cancel).
 *
 * <p>The queue has no bound of its own: each caller has at most one task waiting (a partition's appender, a stream's
 * read), so its length is bounded by what is bounded elsewhere.
 */
public final class IoPool implements Executor, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(IoPool.class);

    private final ThreadPoolExecutor pool;
    private final Sinks.Empty<Void> ended = Sinks.empty();

    /** A thread that all others may wait for, so that {@code block()} on it fails at once instead of for ever. */
    private static final class NonBlockingThread extends Thread implements NonBlocking {

        NonBlockingThread(Runnable task, String name) {
            super(task, name);
        }
    }

    /**
     * @param name the threads are called {@code name-1} and so on
     * @param threads how many, at least 1
     */
    public IoPool(String name, int threads) {
        this(name, threads, Thread::new, new ThreadPoolExecutor.AbortPolicy());
    }

    /** One thread that gives way to the others where the system allows that, and so does one task at a time. */
    static IoPool inTheBackground(String name) {
        BiFunction<Runnable, String, Thread> maker = (task, threadName) -> {
            Thread thread = new Thread(task, threadName);
            thread.setPriority(Thread.MIN_PRIORITY);
            return thread;
        };
        return new IoPool(name, 1, maker, new ThreadPoolExecutor.AbortPolicy());
    }

    /**
     * Threads that call a user's code, on which Reactor refuses {@code block()}. After {@link #close()} a task runs on the
     * thread that hands it in: what comes that late is the news of the end, and has to reach its subscriber.
     */
    static IoPool ofCallbacks(String name, int threads) {
        return new IoPool(name, threads, NonBlockingThread::new, (task, closed) -> task.run());
    }

    private IoPool(
            String name, int threads, BiFunction<Runnable, String, Thread> maker, RejectedExecutionHandler afterClose) {
        AtomicInteger number = new AtomicInteger();
        ThreadFactory factory = task -> {
            Thread thread = maker.apply(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        pool =
                new ThreadPoolExecutor(
                        threads, threads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory, afterClose) {
                    @Override
                    protected void terminated() {
                        ended.tryEmitEmpty();
                    }
                };
        pool.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs a task on one of the threads, soon. What it throws is logged and harms no later task.
     *
     * @throws RejectedExecutionException after {@link #close()}, unless the threads are those of callbacks
     */
    @Override
    public void execute(Runnable task) {
        pool.execute(() -> {
            try {
                task.run();
            } catch (Throwable e) {
                log.error("A task on an I/O thread failed", e);
            }
        });
    }

    /** How many tasks run or wait now. */
    public int activeTasks() {
        return pool.getActiveCount() + pool.getQueue().size();
    }

    /** The threads take no more tasks. Those that run or wait are finished; nothing is interrupted, and nothing is waited for. */
    @Override
    public void close() {
        pool.shutdown();
    }

    /** Completes, on the last thread, when what ran or waited at the {@link #close()} is finished. */
    Mono<Void> onEnded() {
        return ended.asMono();
    }
}
