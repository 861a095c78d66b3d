package io.penstock.core.runtime;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Time, threads and randomness of one broker or one client, handed to all of its parts. What is not asked for is not
 * made: a client starts no disk threads. Safe for any thread.
 */
public final class NodeRuntime {

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Clock clock;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Part<IoPool> appenders;
    private final Part<IoPool> forcers;
    private final Part<IoPool> readers;
    private final Part<IoPool> housekeeping;
    private final Part<IoPool> workerThreads;
    private final Part<Scheduler> timers;
    private final Part<Scheduler> workers;
    private final Part<Loops> loops;

    private NodeRuntime(Builder builder) {
        clock = builder.clock;
        nanoTime = builder.nanoTime;
        random = builder.random;
        String name = builder.name;
        appenders = new Part<>(() -> new IoPool(name + "-append", builder.ioThreads));
        forcers = new Part<>(() -> new IoPool(name + "-force", builder.forceThreads));
        readers = new Part<>(() -> new IoPool(name + "-read", builder.ioThreads));
        housekeeping = new Part<>(() -> IoPool.inTheBackground(name + "-space"));
        workerThreads = new Part<>(() -> IoPool.ofCallbacks(name + "-worker", builder.workerThreads));
        Scheduler handedTimers = builder.timers;
        timers = new Part<>(() -> handedTimers != null ? handedTimers : Schedulers.newSingle(name + "-timer", true));
        workers = new Part<>(() -> Schedulers.fromExecutor(workerThreads.get()));
        loops = new Part<>(Loops::create);
    }

    /** A runtime of the real clock, with threads named after a node. */
    public static NodeRuntime create(String name) {
        return builder(name).build();
    }

    /** A builder whose parts are the real ones until they are replaced. */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** Wall-clock time, for timestamps. */
    public Clock clock() {
        return clock;
    }

    /** Time that never goes back, in nanoseconds, for durations. */
    public LongSupplier nanoTime() {
        return nanoTime;
    }

    /** Randomness for jitter and ids. Safe for any thread. */
    public RandomGenerator random() {
        return random;
    }

    /** Threads that write logs. */
    public IoPool appenders() {
        return appenders.get();
    }

    /** Threads that force logs to the device. */
    public IoPool forcers() {
        return forcers.get();
    }

    /** Threads that read logs. */
    public IoPool readers() {
        return readers.get();
    }

    /** A thread of low priority for work that nobody waits for; one task at a time. */
    public IoPool housekeeping() {
        return housekeeping.get();
    }

    /** Delays and periods, on one thread; what runs there is short and does not block. */
    public Scheduler timers() {
        return timers.get();
    }

    /**
     * Where a user's code is called. Its threads are not interrupted by a cancel, and may not block: what they would wait
     * for may need one of them. Reactor's {@code block()} fails there with IllegalStateException. Refuses nothing: after
     * {@link #close()} a task runs on the thread that hands it in.
     */
    public Scheduler workers() {
        return workers.get();
    }

    /** Event loops for the network. */
    public Loops loops() {
        return loops.get();
    }

    /**
     * Ends what was started. Tasks of the pools that run or wait are finished; the loops end after those of the workers,
     * which may be about to connect, with at most {@code 5 s} of waiting for either. Work starts on subscription.
     */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            timers.ifMade(Scheduler::dispose);
            for (Part<IoPool> pool : List.of(appenders, forcers, readers, housekeeping, workerThreads)) {
                pool.ifMade(IoPool::close);
            }
            List<Mono<Void>> endings = new ArrayList<>();
            workerThreads.ifMade(
                    made -> endings.add(made.onEnded().timeout(CLOSE_TIMEOUT, Mono.empty(), Schedulers.parallel())));
            loops.ifMade(made -> endings.add(made.close()));
            return Flux.concat(endings).then();
        });
    }

    /** A part that is made when it is first asked for. */
    private static final class Part<T> {

        private final Supplier<T> maker;
        private volatile @Nullable T made;

        Part(Supplier<T> maker) {
            this.maker = maker;
        }

        T get() {
            T part = made;
            return part != null ? part : make();
        }

        private synchronized T make() {
            T part = made;
            if (part == null) {
                part = maker.get();
                made = part;
            }
            return part;
        }

        void ifMade(Consumer<T> action) {
            T part = made;
            if (part != null) {
                action.accept(part);
            }
        }
    }

    /** Replaces parts of a runtime; not safe for several threads. */
    public static final class Builder {

        private final String name;
        private Clock clock = Clock.systemUTC();
        private LongSupplier nanoTime = System::nanoTime;
        private RandomGenerator random = new SharedRandom();
        private int ioThreads = Math.max(4, Runtime.getRuntime().availableProcessors());
        private int forceThreads = 16;
        private int workerThreads = Math.max(2, Runtime.getRuntime().availableProcessors());
        private @Nullable Scheduler timers;

        private Builder(String name) {
            this.name = name;
        }

        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        public Builder nanoTime(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            return this;
        }

        /** @param random must be safe for any thread */
        public Builder random(RandomGenerator random) {
            this.random = random;
            return this;
        }

        /** How many threads write, and how many read; 1 or more. */
        public Builder ioThreads(int threads) {
            this.ioThreads = threads;
            return this;
        }

        /** How many threads force logs to the device; 1 or more. */
        public Builder forceThreads(int threads) {
            this.forceThreads = threads;
            return this;
        }

        /** How many threads call user code; 1 or more. */
        public Builder workerThreads(int threads) {
            this.workerThreads = threads;
            return this;
        }

        /** For tests that own time. */
        public Builder timers(Scheduler timers) {
            this.timers = timers;
            return this;
        }

        public NodeRuntime build() {
            return new NodeRuntime(this);
        }
    }

    /** The thread-local generator of whichever thread asks. */
    private static final class SharedRandom implements RandomGenerator {

        @Override
        public long nextLong() {
            return ThreadLocalRandom.current().nextLong();
        }
    }
}
