package io.penstock.server.storage;

import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Durability;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides which answers of a partition are due, and when to force its log; does neither. Answers become due in the order
 * in which their batches came: one that waits for the high watermark holds up a refusal that came after it.
 *
 * <p>The high watermark is the log end offset with {@link Durability#REPLICATED}, and what is on the device with
 * {@link Durability#FSYNC}. Not safe for several threads.
 */
final class AppendLedger {

    private record Waiting(PendingAppend append, ProduceAck answer, long untilOffset) {}

    private Durability durability;
    private final BiConsumer<PendingAppend, ProduceAck> due;
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    private long logEndOffset;
    private long highWatermark;
    private long durableOffset;
    private long lastAwaited;
    private boolean isFlushing;
    private @Nullable PenstockException failure;

    /**
     * @param endOffset of the log, all of it durable
     * @param due takes each answer in the moment in which it becomes due
     */
    AppendLedger(Durability durability, long endOffset, BiConsumer<PendingAppend, ProduceAck> due) {
        this.durability = durability;
        this.due = due;
        this.logEndOffset = endOffset;
        this.highWatermark = endOffset;
        this.durableOffset = endOffset;
        this.lastAwaited = endOffset;
    }

    /**
     * Changes what is waited for, from the next batch on. Answers that wait say what stands behind their batch when they
     * become due. The high watermark does not move back.
     */
    void durability(Durability newDurability) {
        durability = newDurability;
        if (newDurability == Durability.REPLICATED) {
            // nobody forces the log for those that wait any more
            advanceTo(logEndOffset);
        }
    }

    /** A batch is in the log, behind all others or, if it was sent before, anywhere: it waits for those before it all the same. */
    void appended(PendingAppend append, long baseOffset, long nextOffset, long appendTimeMs, long logStartOffset) {
        logEndOffset = Math.max(logEndOffset, nextOffset);
        if (failure != null) {
            due.accept(append, inDoubt(append, failure));
            return;
        }
        Guarantee guarantee = append.acks() == Acks.ALL ? guaranteeOfAll() : Guarantee.LEADER;
        ProduceAck answer =
                ProduceAck.committed(append.correlation(), guarantee, baseOffset, appendTimeMs, logStartOffset);
        if (append.acks() == Acks.ALL) {
            waiting.add(new Waiting(append, answer, nextOffset));
            lastAwaited = Math.max(lastAwaited, nextOffset);
        } else {
            due.accept(append, answer);
        }
        // a flush that ran beside the append may have covered it already
        advanceTo(durability == Durability.REPLICATED ? logEndOffset : highWatermark);
    }

    /** A batch was refused. */
    void refused(PendingAppend append, ProduceAck answer) {
        if (append.acks() == Acks.ALL && !waiting.isEmpty()) {
            waiting.add(new Waiting(append, answer, lastAwaited));
        } else {
            due.accept(append, answer);
        }
    }

    /** Whether the log should be forced now; if so, {@link #flushed} or {@link #failed} must follow. */
    boolean beginFlush() {
        if (durability != Durability.FSYNC || isFlushing || failure != null || highWatermark >= logEndOffset) {
            return false;
        }
        isFlushing = true;
        return true;
    }

    /** The log is on the device up to an offset. */
    void flushed(long offset) {
        isFlushing = false;
        durableOffset = Math.max(durableOffset, offset);
        if (failure == null) {
            advanceTo(offset);
        }
    }

    /**
     * The log can't be trusted from here on: what became of the batches that wait is not known.
     *
     * @param why goes into the answers; the first is kept
     */
    void failed(PenstockException why) {
        if (failure == null) {
            failure = why;
        }
        isFlushing = false;
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            ProduceAck answer = next.answer.outcome() == Outcome.COMMITTED ? inDoubt(next.append, why) : next.answer;
            due.accept(next.append, answer);
        }
    }

    /** Why nothing more can be acknowledged, or null if it can. */
    @Nullable
    PenstockException failure() {
        return failure;
    }

    private static ProduceAck inDoubt(PendingAppend append, PenstockException why) {
        return ProduceAck.failed(append.correlation(), Outcome.UNKNOWN, why.code(), String.valueOf(why.getMessage()));
    }

    /** The first offset that consumers may not see. */
    long highWatermark() {
        return highWatermark;
    }

    private Guarantee guaranteeOfAll() {
        return durability == Durability.FSYNC ? Guarantee.FSYNCED : Guarantee.REPLICATED;
    }

    private void advanceTo(long offset) {
        highWatermark = Math.max(highWatermark, offset);
        while (!waiting.isEmpty() && waiting.peek().untilOffset <= highWatermark) {
            Waiting next = waiting.remove();
            due.accept(next.append, truthful(next));
        }
    }

    /** A batch that was to be on the device, and need not be any more since the topic's durability was changed. */
    private ProduceAck truthful(Waiting next) {
        ProduceAck answer = next.answer;
        return answer.guarantee() == Guarantee.FSYNCED && next.untilOffset > durableOffset
                ? ProduceAck.committed(
                        answer.correlation(),
                        Guarantee.REPLICATED,
                        answer.baseOffset(),
                        answer.appendTimeMs(),
                        answer.logStartOffset())
                : answer;
    }
}
