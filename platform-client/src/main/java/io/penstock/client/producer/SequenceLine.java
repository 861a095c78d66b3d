package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.producer.ProducerStates;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a partition that were handed over and have no answer yet, in the order of their sequences, and who may go
 * next. Decides, and does nothing else; used under the lock of the partition's queue.
 *
 * <p>A batch keeps its sequence over all attempts. When one comes back, refused or without an answer, nothing more is handed over until
 * all others that are on their way have come back or were answered; then all that came back go again, in order. If the
 * broker says of the first of them that one before it is missing, none of them is in the log: they are numbered anew from 0, in a
 * new epoch, in which nothing of the old one can come after them.
 *
 * <p>From the first that has no answer on, at most {@link #WINDOW} are handed over, since the broker remembers so many; and the
 * first of an epoch goes alone, since a broker that does not know the producer takes any sequence for the first.
 */
final class SequenceLine {

    /** How many batches a broker can tell from new ones. */
    static final int WINDOW = ProducerStates.WINDOW;

    /** What is to be done about an answer. */
    enum Verdict {
        /** It is the batch's. */
        FINAL,
        /** The batch goes again, after a pause. */
        AGAIN_LATER,
        /** The batch goes again. */
        AGAIN
    }

    /** Handed over at least once, not answered. */
    private final ArrayDeque<ProducerBatch> line = new ArrayDeque<>();

    /** Those of the line that are on their way, or were when they were given up; few. */
    private final List<ProducerBatch> flying = new ArrayList<>(WINDOW);

    /** Those of the line that came back and are to go again, in order. */
    private final ArrayDeque<ProducerBatch> again = new ArrayDeque<>();

    private @Nullable ProducerIdentity identity;
    private @Nullable ProducerIdentity spent;
    private int nextSequence;
    private boolean isEstablished;
    private long handedOver;
    private boolean isRecovering;
    private boolean isPaused;
    private boolean isBroken;
    private int failures;

    /** Whether an identity is needed to go on. */
    boolean needsIdentity() {
        return identity == null;
    }

    /** The identity whose epochs are used up, if one is. */
    @Nullable
    ProducerIdentity spent() {
        return spent;
    }

    void identify(ProducerIdentity given) {
        identity = given;
        spent = null;
        numberAnew();
    }

    @Nullable
    ProducerIdentity identity() {
        return identity;
    }

    /** The sequence of a batch that is handed over when so many records that wait have been. */
    int sequenceAfter(int waitingRecords) {
        return (nextSequence + waitingRecords) & Integer.MAX_VALUE;
    }

    /** Whether a batch may be handed over now that was before: {@link #pollAgain()} says which, if any. */
    boolean isOpen() {
        if (isRecovering && !isAnyFlying() && !isPaused) {
            beginAgain();
        }
        return identity != null && !isRecovering && (isEstablished || !isAnyFlying());
    }

    /** Whether a new batch may be handed over now, if the line is open and none goes again. */
    boolean hasRoom() {
        ProducerBatch first = first();
        return first == null || handedOver - first.ordinal() < WINDOW;
    }

    private boolean isAnyFlying() {
        flying.removeIf(ProducerBatch::isAnswered);
        return !flying.isEmpty();
    }

    private void beginAgain() {
        isRecovering = false;
        line.removeIf(ProducerBatch::isAnswered);
        again.clear();
        again.addAll(line);
        if (isBroken) {
            isBroken = false;
            renew();
        }
    }

    private void renew() {
        ProducerIdentity old = identity;
        if (old == null || old.isSpent()) {
            spent = old;
            identity = null;
        } else {
            identity = old.next();
            numberAnew();
        }
    }

    private void numberAnew() {
        isEstablished = false;
        nextSequence = 0;
        for (ProducerBatch batch : line) {
            number(batch);
        }
    }

    private void number(ProducerBatch batch) {
        batch.sequence(nextSequence);
        nextSequence = sequenceAfter(batch.recordCount());
    }

    /** Whether a batch that came back waits to go again. */
    boolean hasAgain() {
        dropAnswered(again);
        return !again.isEmpty();
    }

    /** The next batch that is to go again, or null. */
    @Nullable
    ProducerBatch pollAgain() {
        return hasAgain() ? again.poll() : null;
    }

    private static void dropAnswered(ArrayDeque<ProducerBatch> batches) {
        while (!batches.isEmpty() && batches.peek().isAnswered()) {
            batches.poll();
        }
    }

    /** The bytes of a batch that is handed over now; null if it was answered meanwhile, and has no sequence then. */
    @Nullable
    ByteBuf take(ProducerBatch batch) {
        ProducerIdentity current = identity;
        if (current == null) {
            throw new IllegalStateException("a batch is handed over before there is a producer id");
        }
        boolean isNew = batch.sequence() == RecordBatch.NO_SEQUENCE;
        if (isNew) {
            batch.sequence(nextSequence);
        }
        ByteBuf element = batch.takeAs(current);
        if (element == null) {
            return null;
        }
        if (isNew) {
            nextSequence = sequenceAfter(batch.recordCount());
            batch.ordinal(handedOver++);
            line.add(batch);
        }
        flying.add(batch);
        return element;
    }

    /** The broker has said what became of a batch that is on its way. */
    Verdict answered(ProducerBatch batch, ProduceAck ack) {
        flying.remove(batch);
        boolean isForgotten = ack.error() == ErrorCode.DUPLICATE_SEQUENCE_NUMBER;
        if (ack.outcome() == Outcome.COMMITTED || isForgotten && !batch.wasPassed()) {
            line.remove(batch);
            isEstablished = true;
            failures = 0;
            markPassed();
            return Verdict.FINAL;
        }
        if (batch.isAnswered()) {
            line.remove(batch);
            return Verdict.FINAL;
        }
        if (isForgotten || ack.error() == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
            return missing(batch);
        }
        if (!canGoAgain(ack.error())) {
            line.remove(batch);
            return Verdict.FINAL;
        }
        batch.cameBack(ack.outcome() == Outcome.UNKNOWN);
        isRecovering = true;
        failures++;
        return Verdict.AGAIN_LATER;
    }

    /**
     * A later batch is in the log. If the first was refused, either an attempt that was given up has come late, and the broker
     * will know it; or the broker had forgotten the producer and took any sequence, and will call it one of old.
     */
    private void markPassed() {
        ProducerBatch first = first();
        if (first != null && first.wasRefused()) {
            first.pass();
        }
    }

    /** One before the batch is not in the log; if that did not come back, it never will be. */
    private Verdict missing(ProducerBatch batch) {
        batch.isNotInLog();
        isRecovering = true;
        if (first() != batch) {
            return Verdict.AGAIN;
        }
        isBroken = true;
        failures++;
        return failures == 1 ? Verdict.AGAIN : Verdict.AGAIN_LATER;
    }

    /** The topic is another one now, and the batch's is gone. */
    private static boolean canGoAgain(ErrorCode code) {
        return (code.isRetriable() || code == ErrorCode.UNKNOWN_SERVER_ERROR)
                && code != ErrorCode.UNKNOWN_TOPIC_ID
                && code != ErrorCode.INCONSISTENT_TOPIC_ID;
    }

    /** The first that has no answer. */
    private @Nullable ProducerBatch first() {
        dropSettled();
        return line.peek();
    }

    /** Those that were given up while nothing of theirs was on its way. */
    private void dropSettled() {
        while (!line.isEmpty() && line.peek().isAnswered()) {
            line.poll();
        }
    }

    /**
     * Nobody will say what became of a batch that was on its way.
     *
     * @param isInDoubt whether the broker may have it
     */
    void lost(ProducerBatch batch, boolean isInDoubt) {
        flying.remove(batch);
        if (batch.isAnswered()) {
            line.remove(batch);
            return;
        }
        batch.cameBack(isInDoubt);
        isRecovering = true;
    }

    /** How often in a row the broker has sent batches back. */
    int failures() {
        return failures;
    }

    boolean isPaused() {
        return isPaused;
    }

    void pause(boolean value) {
        isPaused = value;
    }

    /** Takes all out that are not on their way; their sequences are a gap. */
    void drainTo(ArrayDeque<ProducerBatch> target) {
        again.clear();
        for (Iterator<ProducerBatch> each = line.iterator(); each.hasNext(); ) {
            ProducerBatch batch = each.next();
            if (!batch.isOnItsWay()) {
                target.add(batch);
                each.remove();
            }
        }
    }
}
