package io.penstock.server.storage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogAppend;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.model.Durability;
import io.penstock.core.model.Outcome;
import io.penstock.core.model.TimestampType;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.BatchRules;
import io.penstock.core.record.BatchValidation;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.runtime.DrainLoop;
import io.penstock.server.metadata.TopicSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one partition. Batches from any thread wait in a queue; a <i>turn</i> on an appender thread takes all that
 * wait, checks each, and writes the good ones together. Beside the turns, one flush at a time forces the log for all
 * who wait for it. Which answer is due when, the {@link AppendLedger} says.
 */
final class PartitionAppender {

    /** A turn takes no more than this, so that other partitions get their turns, unless one batch has more. */
    static final int TURN_BYTES = 4 << 20;

    /** So much behind the recovery point that is on the device lets another one be made. */
    static final long CHECKPOINT_BYTES = 32 << 20;

    /** With so much behind it the next turn waits for a later one: with what a turn takes, no start reads more after a crash. */
    static final long MAX_BYTES_BEHIND_POINT = (64 << 20) - TURN_BYTES;

    /** How many points a turn waits for: those that were under way already may be too early, or not written yet. */
    private static final int POINTS_AWAITED = 4;

    private static final Logger LOG = LoggerFactory.getLogger(PartitionAppender.class);

    private record Answer(PendingAppend append, ProduceAck ack) {}

    private final Partition partition;
    private final StorageContext context;
    private final BatchValidation validation = new BatchValidation(PooledByteBufAllocator.DEFAULT);
    private final Queue<PendingAppend> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final DrainLoop answering = DrainLoop.of(this::answerAll);
    private final AtomicBoolean isFlushDue = new AtomicBoolean();
    private final AtomicBoolean isFlushing = new AtomicBoolean();

    /** Guards the ledger; never held for the disk or for a listener. */
    private final Object deciding = new Object();

    private @Nullable AppendLedger ledger;

    // what the last turn went by; touched in turns alone
    private TopicSettings settings;
    private BatchRules rules;
    private int pointsAwaited;

    PartitionAppender(Partition partition, StorageContext context) {
        this.partition = partition;
        this.context = context;
        this.settings = partition.settings();
        this.rules = rulesOf(settings);
    }

    private BatchRules rulesOf(TopicSettings of) {
        return new BatchRules(
                of.maxBatchBytes(),
                of.get(TopicSettings.TIMESTAMP_TYPE),
                of.get(TopicSettings.TIMESTAMP_BEFORE_MAX_MS),
                of.get(TopicSettings.TIMESTAMP_AFTER_MAX_MS),
                of.isCompacting(),
                context.batchLimits());
    }

    void append(PendingAppend append) {
        queue.add(append);
        if (queued.getAndIncrement() == 0) {
            beginTurn();
        }
    }

    private void beginTurn() {
        try {
            context.appenders().execute(this::turn);
        } catch (RejectedExecutionException e) {
            refuseAll(new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down", e));
        }
    }

    /** In place of turns, when there is no thread for them any more. */
    private void refuseAll(PenstockException why) {
        List<PendingAppend> taken;
        do {
            taken = take();
            settle(taken, Written.nothing(null, taken, why));
            answering.signal();
        } while (queued.addAndGet(-taken.size()) > 0);
    }

    /** Whatever is thrown in here, every batch that was taken is released and answered, and the next turn comes. */
    private void turn() {
        if (pointsAwaited < POINTS_AWAITED && isTooFarBehindPoint(openLog())) {
            pointsAwaited++;
            partition.checkpoints().beginAndThen(this::beginTurn);
            return;
        }
        pointsAwaited = 0;
        List<PendingAppend> taken = take();
        try {
            settle(taken, write(taken));
            // before the answers: a producer that has one counts on it
            seeToUnflushed();
        } catch (Throwable e) {
            LOG.error("A turn of {} failed in a way that was not foreseen", partition, e);
        } finally {
            answering.signal();
            flushIfNeeded();
            if (queued.addAndGet(-taken.size()) > 0) {
                beginTurn();
            }
        }
    }

    /** The first turn opens the log: what a crash left behind its point counts. Null if it can't be opened, as the turn will find. */
    private @Nullable PartitionLog openLog() {
        PartitionLog open = partition.openLog();
        if (open != null) {
            return open;
        }
        try {
            synchronized (partition.writing) {
                return partition.log();
            }
        } catch (RuntimeException e) {
            return null;
        }
    }

    private boolean isTooFarBehindPoint(@Nullable PartitionLog log) {
        return log != null && partition.failure() == null && partition.bytesBehindPoint(log) >= MAX_BYTES_BEHIND_POINT;
    }

    private List<PendingAppend> take() {
        List<PendingAppend> taken = new ArrayList<>();
        int bytes = 0;
        PendingAppend next = queue.peek();
        while (next != null && (taken.isEmpty() || bytes + next.batch().readableBytes() <= TURN_BYTES)) {
            taken.add(queue.remove());
            bytes += next.batch().readableBytes();
            next = queue.peek();
        }
        return taken;
    }

    private static long sizeOf(List<PendingAppend> taken) {
        return taken.stream()
                .mapToLong(append -> append.batch().readableBytes())
                .sum();
    }

    /** Checks all, and writes those that are good. */
    private Written write(List<PendingAppend> taken) {
        PartitionLog log = null;
        try {
            synchronized (partition.writing) {
                log = partition.log();
                ensureLedger(log);
                takeSettings(log);
                ensureAcknowledging();
                ensureRecoverable(log);
                partition.volume().space().ensureRoom(sizeOf(taken));
                return write(log, taken);
            }
        } catch (PenstockException e) {
            return Written.nothing(log, taken, e);
        } catch (Throwable e) {
            return Written.inDoubt(log, taken, e);
        }
    }

    /** A log that works is of no use when what is written to it can't be acknowledged. */
    private void ensureAcknowledging() {
        synchronized (deciding) {
            PenstockException failure = ledger().failure();
            if (failure != null) {
                throw new PenstockException(failure.code(), String.valueOf(failure.getMessage()), failure);
            }
        }
    }

    /** Recovery points were waited for, and none could be written: mostly for want of room. */
    private void ensureRecoverable(PartitionLog log) {
        if (isTooFarBehindPoint(log)) {
            throw new PenstockException(
                    ErrorCode.STORAGE_FULL,
                    "no recovery point can be written in " + partition.volume() + ", and "
                            + partition.bytesBehindPoint(log) + " bytes are behind the last one: make room");
        }
    }

    private Written write(PartitionLog log, List<PendingAppend> taken) {
        long startNanos = context.metrics().start();
        long nowMs = context.clock().millis();
        AppendCheck check = new AppendCheck(partition, validation, rules, log.newSequenceCheck(), nowMs);
        List<AppendVerdict> verdicts = new ArrayList<>(taken.size());
        for (PendingAppend append : taken) {
            verdicts.add(check.check(append));
        }
        List<ByteBuf> batches = check.accepted();
        if (batches.isEmpty()) {
            return new Written(log, verdicts, null, false);
        }
        LogAppend append;
        try {
            append = log.append(batches, partition.leaderEpoch(), nowMs, rules.timestampType());
        } catch (RuntimeException e) {
            if (e instanceof PenstockException known && known.code() == ErrorCode.STORAGE_FULL) {
                partition.volume().space().ranOut();
            }
            verdicts.replaceAll(
                    verdict -> verdict instanceof AppendVerdict.Accepted ? new AppendVerdict.Refused(e) : verdict);
            return new Written(log, verdicts, null, false);
        }
        context.metrics().appended(startNanos, batches);
        return new Written(log, verdicts, append, false);
    }

    /**
     * What became of a turn's batches.
     *
     * @param log null if it can't be opened
     * @param verdicts what was found of each; those that were accepted are in the log
     * @param append null if none is
     * @param isInDoubt whether those that were refused may have been written
     */
    private record Written(
            @Nullable PartitionLog log,
            List<AppendVerdict> verdicts,
            @Nullable LogAppend append,
            boolean isInDoubt) {

        static Written nothing(@Nullable PartitionLog log, List<PendingAppend> taken, RuntimeException why) {
            return new Written(log, refusals(taken, why), null, false);
        }

        static Written inDoubt(@Nullable PartitionLog log, List<PendingAppend> taken, Throwable why) {
            return new Written(log, refusals(taken, new IllegalStateException(why)), null, true);
        }

        private static List<AppendVerdict> refusals(List<PendingAppend> taken, RuntimeException why) {
            return Collections.nCopies(taken.size(), new AppendVerdict.Refused(why));
        }
    }

    /** Enters what became of each batch, in order. No lock is held: listeners may hand in the next batch at once. */
    private void settle(List<PendingAppend> taken, Written written) {
        PartitionLog log = written.log;
        // a log that could not undo its failed write may have kept some of it
        boolean isInDoubt = written.isInDoubt || log != null && log.outOfUse() != null;
        Outcome outcome = isInDoubt ? Outcome.UNKNOWN : Outcome.NOT_WRITTEN;
        for (int i = 0; i < taken.size(); i++) {
            PendingAppend append = taken.get(i);
            taken(append);
            AppendVerdict verdict = written.verdicts.get(i);
            if (verdict instanceof AppendVerdict.Refused refused) {
                refused(append, refused.why(), outcome);
            } else if (log != null) {
                inLog(append, verdict, written.append, log.snapshot().logStartOffset());
            }
        }
        if (log != null) {
            publish(log);
        }
    }

    private void taken(PendingAppend append) {
        try {
            append.batch().release();
            append.listener().onTaken();
        } catch (Throwable e) {
            LOG.error("A producer to {} could not be told that its batch was taken", partition, e);
        }
    }

    /** A batch is in the log, since this turn or before; its answer waits for the same either way. */
    private void inLog(PendingAppend append, AppendVerdict verdict, @Nullable LogAppend written, long logStartOffset) {
        long baseOffset;
        long nextOffset;
        long appendTimeMs;
        if (verdict instanceof AppendVerdict.Repeated repeated) {
            baseOffset = repeated.original().baseOffset();
            nextOffset = repeated.original().lastOffset() + 1;
            appendTimeMs = rules.timestampType() == TimestampType.LOG_APPEND_TIME
                    ? repeated.original().appendTimeMs()
                    : RecordBatch.NO_TIMESTAMP;
        } else if (verdict instanceof AppendVerdict.Accepted accepted && written != null) {
            baseOffset = written.firstOffsets()[accepted.index()];
            nextOffset = written.nextOffset(accepted.index());
            appendTimeMs = written.appendTimeMs();
        } else {
            throw new IllegalStateException(verdict + " without an append");
        }
        synchronized (deciding) {
            ledger().appended(append, baseOffset, nextOffset, appendTimeMs, logStartOffset);
        }
    }

    private void refused(PendingAppend append, RuntimeException why, Outcome outcome) {
        context.metrics().refused();
        ErrorCode code = ErrorCode.UNKNOWN_SERVER_ERROR;
        String message = code.meaning();
        if (why instanceof PenstockException known) {
            code = known.code();
            message = String.valueOf(known.getMessage());
        } else {
            LOG.error("Appending to {} failed in a way that was not foreseen", partition, why);
        }
        // a check that failed says that nothing was written, whatever became of the log since
        boolean isRefusal = code != ErrorCode.STORAGE_ERROR && code != ErrorCode.UNKNOWN_SERVER_ERROR;
        ProduceAck ack = ProduceAck.failed(
                append.correlation(), isRefusal ? Outcome.NOT_WRITTEN : outcome, code, partition + ": " + message);
        synchronized (deciding) {
            if (ledger == null) {
                answers.add(new Answer(append, ack));
            } else {
                ledger.refused(append, ack);
            }
        }
    }

    /** Lets consumers see what they may, before the producers hear of it. */
    private void publish(PartitionLog log) {
        PenstockException outOfUse = log.outOfUse();
        long highWatermark;
        synchronized (deciding) {
            if (outOfUse != null) {
                ledger().failed(reasonFor(outOfUse));
            }
            highWatermark = ledger().highWatermark();
        }
        log.advanceHighWatermark(highWatermark);
    }

    private void flushIfNeeded() {
        synchronized (deciding) {
            if (ledger == null || !ledger.beginFlush()) {
                return;
            }
        }
        try {
            context.forcers().execute(this::flush);
        } catch (RejectedExecutionException e) {
            failed(new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down", e));
            answering.signal();
        }
    }

    private void failed(Throwable error) {
        PenstockException why = reasonFor(error);
        synchronized (deciding) {
            if (ledger != null) {
                ledger.failed(why);
            }
        }
    }

    /** What to answer: that the topic was deleted or the broker stops, if so, and not how the log took it. */
    private PenstockException reasonFor(Throwable error) {
        PenstockException ended = partition.failure();
        if (ended != null) {
            return new PenstockException(ended.code(), partition + ": " + ended.getMessage(), error);
        }
        ErrorCode code = error instanceof PenstockException known ? known.code() : ErrorCode.STORAGE_ERROR;
        return new PenstockException(code, partition + ": " + error.getMessage(), error);
    }

    /** What nobody waits for is forced after a time, or a number of records; and recovery must not have too much to read. */
    private void seeToUnflushed() {
        PartitionLog log = partition.openLog();
        if (log == null || partition.failure() != null) {
            return;
        }
        if (partition.bytesBehindPoint(log) >= CHECKPOINT_BYTES) {
            partition.checkpoints().begin();
        }
        if (partition.settings().get(TopicSettings.DURABILITY) == Durability.FSYNC) {
            return; // whatever is appended is forced at once
        }
        long unflushed = log.snapshot().logEndOffset() - log.flushedOffset();
        if (unflushed >= partition.settings().get(TopicSettings.FLUSH_MESSAGES)) {
            if (isFlushing.compareAndSet(false, true)) {
                context.forcers().execute(this::flushUnflushed);
            }
        } else if (unflushed > 0 && isFlushDue.compareAndSet(false, true)) {
            context.timers()
                    .schedule(
                            () -> context.forcers().execute(this::flushUnflushed),
                            partition.settings().get(TopicSettings.FLUSH_MS),
                            TimeUnit.MILLISECONDS);
        }
    }

    private void flushUnflushed() {
        // what is appended from here on has a time of its own
        isFlushDue.set(false);
        isFlushing.set(false);
        if (partition.failure() == null) {
            flush();
        }
    }

    private void flush() {
        long startNanos = context.metrics().start();
        try {
            synchronized (partition.flushing) {
                PartitionLog log = partition.log();
                long durable = log.flush();
                context.metrics().flushed(startNanos);
                log.advanceHighWatermark(durable);
                synchronized (deciding) {
                    ledger().flushed(durable);
                }
            }
        } catch (PenstockException e) {
            failed(e);
        } catch (Throwable e) {
            LOG.error("A flush of {} failed in a way that was not foreseen", partition, e);
            failed(e);
        }
        answering.signal();
        flushIfNeeded();
    }

    /** Gives out the answers that are due, one thread at a time, so that they come in order. */
    private void answerAll() {
        for (Answer next = answers.poll(); next != null; next = answers.poll()) {
            answer(next);
        }
    }

    private void answer(Answer next) {
        try {
            next.append.listener().onAnswer(next.ack);
        } catch (Throwable e) {
            LOG.error("A producer to {} could not be given its answer {}", partition, next.ack, e);
        }
    }

    /** Before the first append: what the log has by then is on the device, since opening it forced it. */
    private void ensureLedger(PartitionLog log) {
        synchronized (deciding) {
            if (ledger == null) {
                ledger = new AppendLedger(
                        partition.settings().get(TopicSettings.DURABILITY),
                        log.snapshot().highWatermark(),
                        (append, ack) -> answers.add(new Answer(append, ack)));
            }
        }
    }

    /** Settings that were changed hold from this turn on. */
    private void takeSettings(PartitionLog log) {
        TopicSettings current = partition.settings();
        if (current == settings) {
            return;
        }
        settings = current;
        rules = rulesOf(current);
        log.configure(current.logSettings());
        synchronized (deciding) {
            ledger().durability(current.get(TopicSettings.DURABILITY));
        }
    }

    private AppendLedger ledger() {
        AppendLedger current = ledger;
        if (current == null) {
            throw new IllegalStateException("no log was opened for " + partition);
        }
        return current;
    }
}
