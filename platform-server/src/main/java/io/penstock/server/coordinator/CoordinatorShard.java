package io.penstock.server.coordinator;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.SerialExecutor;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * Runs a {@link StateMachine} over its log.
 *
 * <pre>
 *            log read              an append failed
 *   LOADING ─────────► SERVING ──────────────────► LOADING again, after a while
 *      └──────────────────┴──── closed ──────────► CLOSED
 * </pre>
 *
 * <p>Decisions are taken one at a time. The records of one are replayed at once, so that the next decision sees them, and
 * appended; its answer, a refusal too, waits until everything that it can have seen is committed. One append is under way
 * at a time, and those who come meanwhile go into the next one together: a failed append leaves nothing behind it in the
 * log that was decided on what it said. After a failure everybody who waits is told to ask again, and the state is read
 * from the log anew.
 *
 * <p>Safe for any thread.
 */
final class CoordinatorShard<M extends StateMachine> {

    /** Looks at the state, and says what follows; or refuses with a PenstockException. */
    @FunctionalInterface
    interface Decider<M, A> {
        Decision<A> decide(M machine, long nowMs);
    }

    /** Decisions that wait for an append go into the next one together up to this size, in bytes. */
    static final int SHARED_BATCH_BYTES = 1 << 20;

    /** So many decisions may wait for their turn or their commit. */
    static final int MAX_WAITING = 10_000;

    private static final long FIRST_BACKOFF_MS = 100;
    private static final long MAX_BACKOFF_MS = 10_000;
    private static final long NEVER = Long.MAX_VALUE;

    /** A deadline that is over although all was done that was due is looked at again after this. */
    private static final long MIN_DELAY_MS = 5;

    private static final long PAUSE_AFTER_FAULT_MS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorShard.class);

    private final String name;
    private final Supplier<M> machines;
    private final ShardLog log;
    private final ShardRuntime runtime;
    private final SerialExecutor turns;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Sinks.Empty<Void> firstLoad = Sinks.empty();
    private final Disposable.Swap timer = Disposables.swap();

    // touched in turns alone
    private @Nullable M machine;
    private @Nullable PenstockException closed;
    private final Deque<ShardWrite> writes = new ArrayDeque<>();
    private @Nullable ShardWrite underWay;
    private int failures;
    private long timerDueMs = NEVER;
    private long pausedUntilMs;

    /** @param machines gives the empty state for each load */
    CoordinatorShard(String name, Supplier<M> machines, ShardLog log, ShardRuntime runtime) {
        this.name = name;
        this.machines = machines;
        this.log = log;
        this.runtime = runtime;
        this.turns = new SerialExecutor(runtime.workers());
    }

    /** Begins to load. Called once. */
    void start() {
        inTurn(this::load);
    }

    /** Completes when the log was read once, or the shard is closed. */
    Mono<Void> whenLoaded() {
        return firstLoad.asMono();
    }

    /**
     * Decides in turn. Work starts on subscription, and a cancel does not take it back. Signals on a worker.
     *
     * @return the answer once it is committed. Errors: what the decider refuses with; COORDINATOR_LOAD_IN_PROGRESS,
     *     COORDINATOR_NOT_AVAILABLE if the log could not be written, and the decision may be in it or not;
     *     BROKER_OVERLOADED; MESSAGE_TOO_LARGE if the records do not fit a batch; NOT_COORDINATOR or BROKER_CLOSING after
     *     {@link #close}
     */
    <A> Mono<A> decide(Decider<M, A> decider) {
        return Mono.create(sink -> {
            if (waiting.incrementAndGet() > MAX_WAITING) {
                waiting.decrementAndGet();
                sink.error(new PenstockException(
                        ErrorCode.BROKER_OVERLOADED, MAX_WAITING + " requests to " + name + " wait already"));
            } else if (!inTurn(() -> decide(decider, sink))) {
                waiting.decrementAndGet();
                sink.error(closing());
            }
        });
    }

    /**
     * Ends the shard: everybody who waits gets the reason, and so does everybody who asks later. What is being appended
     * may get into the log or not.
     */
    void close(PenstockException why) {
        inTurn(() -> {
            if (closed == null) {
                closed = why;
                timer.dispose();
                drop(why);
                firstLoad.tryEmitEmpty();
            }
        });
    }

    private boolean inTurn(Runnable step) {
        try {
            turns.execute(step);
            return true;
        } catch (RejectedExecutionException e) {
            return false; // the broker has stopped; nobody is left to be told
        }
    }

    private static PenstockException closing() {
        return new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down");
    }

    // loading

    private void load() {
        if (closed != null) {
            return;
        }
        M fresh = machines.get();
        long startMs = runtime.nowMs().getAsLong();
        try {
            runtime.readers().execute(() -> read(fresh, startMs));
        } catch (RejectedExecutionException e) {
            close(closing());
        }
    }

    private void read(M fresh, long startMs) {
        try {
            log.read(fresh::replay);
            inTurn(() -> loaded(fresh, startMs));
        } catch (RuntimeException e) {
            inTurn(() -> loadFailed(e));
        }
    }

    private void loaded(M fresh, long startMs) {
        if (closed != null) {
            return;
        }
        long nowMs = runtime.nowMs().getAsLong();
        runtime.metrics().loaded(nowMs - startMs);
        LOG.debug("{} was loaded in {} ms", name, nowMs - startMs);
        machine = fresh;
        try {
            take(fresh, fresh.loaded(nowMs));
        } catch (RuntimeException e) {
            LOG.error("{} can't serve what it has loaded", name, e);
            if (machine == fresh) {
                startAgain(contradiction(e));
            }
            return;
        }
        firstLoad.tryEmitEmpty();
        goOn();
    }

    private void loadFailed(RuntimeException error) {
        if (closed != null) {
            return;
        }
        LOG.warn("{} can't be loaded, and will be tried again", name, error);
        loadLater();
    }

    private void loadLater() {
        long backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS << Math.min(failures, 10));
        failures++;
        runtime.timers().schedule(() -> inTurn(this::load), backoffMs, TimeUnit.MILLISECONDS);
    }

    // deciding

    private <A> void decide(Decider<M, A> decider, MonoSink<A> sink) {
        M current = machine;
        if (current == null) {
            answer(sink, null, unavailable());
            return;
        }
        try {
            Decision<A> decision = decider.decide(current, runtime.nowMs().getAsLong());
            take(current, decision);
            whenSettled(error -> answer(sink, decision.answer(), error));
        } catch (PenstockException refusal) {
            whenSettled(error -> answer(sink, null, error == null ? refusal : error));
        } catch (RuntimeException e) {
            LOG.error("A decision of {} failed in a way that was not foreseen", name, e);
            whenSettled(error -> answer(sink, null, error == null ? e : error));
        }
        goOn();
    }

    private <A> void answer(MonoSink<A> sink, @Nullable A answer, @Nullable RuntimeException error) {
        waiting.decrementAndGet();
        if (error != null) {
            sink.error(error);
        } else {
            sink.success(answer);
        }
    }

    private PenstockException unavailable() {
        PenstockException why = closed;
        return why != null
                ? new PenstockException(why.code(), String.valueOf(why.getMessage()))
                : new PenstockException(
                        ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, name + " is reading its log; ask again soon");
    }

    /** Makes a decision true for all that follow, and notes who must hear of it once it is committed. */
    private void take(M current, Decision<?> decision) {
        List<CoordinatorRecord> records = decision.records();
        if (!records.isEmpty()) {
            writeFor(records).add(records);
            replay(current, records);
        }
        Runnable effects = current.effects(decision.answer());
        whenSettled(error -> {
            if (error == null) {
                effects.run();
            }
        });
    }

    private ShardWrite writeFor(List<CoordinatorRecord> records) {
        int most = log.maxBatchBytes();
        long size = ShardWrite.sizeOf(records);
        if (size > most) {
            throw new PenstockException(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "a decision of " + name + " has " + size + " bytes, and a batch of its log at most " + most);
        }
        ShardWrite last = writes.peekLast();
        if (last == null || last == underWay || !last.hasRoom(records, Math.min(most, SHARED_BATCH_BYTES))) {
            last = new ShardWrite();
            writes.add(last);
        }
        return last;
    }

    private void replay(M current, List<CoordinatorRecord> records) {
        try {
            records.forEach(current::replay);
        } catch (RuntimeException e) {
            // some of it is in the state, and none of it in the log
            LOG.error("{} can't replay what it has decided", name, e);
            startAgain(contradiction(e));
            throw e;
        }
    }

    private PenstockException contradiction(RuntimeException cause) {
        return new PenstockException(
                ErrorCode.COORDINATOR_NOT_AVAILABLE, name + " contradicts itself, and reads its log again", cause);
    }

    private void whenSettled(Consumer<@Nullable PenstockException> settled) {
        ShardWrite last = writes.peekLast();
        if (last == null) {
            settled.accept(null);
        } else {
            last.whenSettled(settled);
        }
    }

    /** Appends what waits, and does what is due: between two appends, so that many who come together make one step. */
    private void goOn() {
        M current = machine;
        if (current == null) {
            return;
        }
        if (underWay == null) {
            doWhatIsDue(current);
            append();
        }
        setTimer(current);
    }

    private void doWhatIsDue(M current) {
        long nowMs = runtime.nowMs().getAsLong();
        OptionalLong deadline = current.nextDeadline();
        if (deadline.isEmpty() || deadline.getAsLong() > nowMs || pausedUntilMs > nowMs) {
            return;
        }
        try {
            take(current, current.due(nowMs));
        } catch (RuntimeException e) {
            pausedUntilMs = nowMs + PAUSE_AFTER_FAULT_MS;
            LOG.error("{} can't do what is due, and will try again in {} ms", name, PAUSE_AFTER_FAULT_MS, e);
        }
    }

    private void append() {
        ShardWrite next = writes.peek();
        if (next != null && machine != null) {
            underWay = next;
            log.append(next.records(), error -> inTurn(() -> appended(next, error)));
        }
    }

    private void appended(ShardWrite write, @Nullable PenstockException error) {
        if (underWay != write) {
            return; // it was given up meanwhile, and everybody knows
        }
        if (error != null) {
            LOG.warn("{} could not be written, and reads its log again", name, error);
            startAgain(new PenstockException(
                    ErrorCode.COORDINATOR_NOT_AVAILABLE, name + " could not be written: " + error.getMessage(), error));
            return;
        }
        failures = 0;
        underWay = null;
        writes.remove();
        write.settle(null);
        goOn();
    }

    private void startAgain(PenstockException why) {
        drop(why);
        loadLater();
    }

    private void drop(PenstockException why) {
        M dropped = machine;
        machine = null;
        underWay = null;
        timerDueMs = NEVER;
        List<ShardWrite> given = List.copyOf(writes);
        writes.clear();
        given.forEach(write -> write.settle(why));
        if (dropped != null) {
            dropped.dropped(why);
        }
    }

    /** One timer, for the earliest deadline; a deadline that moves away leaves it to find nothing due. */
    private void setTimer(M current) {
        OptionalLong deadline = current.nextDeadline();
        if (deadline.isEmpty() || underWay != null || machine == null) {
            return;
        }
        long nowMs = runtime.nowMs().getAsLong();
        long dueMs = Math.max(deadline.getAsLong(), Math.max(pausedUntilMs, nowMs + MIN_DELAY_MS));
        if (dueMs >= timerDueMs) {
            return;
        }
        timerDueMs = dueMs;
        long delayMs = dueMs - nowMs;
        timer.update(runtime.timers().schedule(() -> inTurn(this::onTimer), delayMs, TimeUnit.MILLISECONDS));
    }

    private void onTimer() {
        timerDueMs = NEVER;
        goOn();
    }

    @Override
    public String toString() {
        return name;
    }
}
