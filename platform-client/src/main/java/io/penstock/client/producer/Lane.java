package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.DrainLoop;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The way of some partitions' batches to their leader: one produce channel at a time, opened when there is something to
 * send, and again after it ended. A batch is handed over when the broker has given credit; the partitions take turns,
 * each in its order. After the end of a channel the next one is opened only when every answer of the last one is in or
 * given up, so that a partition's batches can't overtake each other.
 *
 * <p>One drain loop does everything that moves; whoever has news enters it or leaves a mark for who is in it.
 */
final class Lane {

    private final Mono<BrokerSession> sessions;
    private final Lanes.Settings settings;
    private final BiConsumer<ProducerTopic, ErrorCode> onStale;
    private final Queue<PartitionQueue> ready = new ConcurrentLinkedQueue<>();
    private final DrainLoop steps = DrainLoop.of(this::step);
    private final Sinks.Empty<Void> ended = Sinks.empty();

    private volatile @Nullable LaneChannel channel;
    private volatile boolean opening;
    private volatile boolean closing;
    private volatile int failures;

    Lane(Mono<BrokerSession> sessions, Lanes.Settings settings, BiConsumer<ProducerTopic, ErrorCode> onStale) {
        this.sessions = sessions;
        this.settings = settings;
        this.onStale = onStale;
    }

    /** A partition may have a batch to send. */
    void wake(PartitionQueue queue) {
        if (queue.markQueued()) {
            ready.add(queue);
            drain();
        }
    }

    /** A partition has another lane: it does not stay in this one's queue, and is queued in its own. */
    void leave(PartitionQueue queue) {
        if (ready.remove(queue)) {
            moveOn(queue);
        }
    }

    private static void moveOn(PartitionQueue queue) {
        queue.unmarkQueued();
        Lane owner = queue.lane();
        if (owner != null && queue.hasBuilt()) {
            owner.wake(queue);
        }
    }

    /** There is news: a batch, credit, or the end of a channel. */
    void drain() {
        steps.signal();
    }

    private void step() {
        LaneChannel current = channel;
        if (current != null) {
            current.open();
            while (current.hasCredit() && sendNext(current)) {
                // one batch at a time, so that partitions take turns
            }
            if (closing) {
                current.finish();
            }
        } else if (closing) {
            ended.tryEmitEmpty();
        } else if (!opening && !ready.isEmpty()) {
            opening = true;
            sessions.timeout(
                            settings.sessionTimeout(),
                            Mono.error(this::unreachable),
                            settings.runtime().timers())
                    .subscribe(this::onSession, this::onNoSession, null, BrokerSession.QUIET);
        }
    }

    /** So that the metadata is asked again: maybe another one leads by now. */
    private PenstockException unreachable() {
        return new PenstockException(
                ErrorCode.CONNECTION_LOST,
                "no connection to the leader in " + settings.sessionTimeout().toMillis() + " ms");
    }

    /** Hands the next batch over; false if there is none. */
    private boolean sendNext(LaneChannel current) {
        PartitionQueue queue = ready.poll();
        if (queue == null) {
            return false;
        }
        PenstockException failure = queue.failure();
        if (failure != null) {
            queue.failClosed(failure.code(), String.valueOf(failure.getMessage()), failure);
        }
        ProducerBatch batch = queue.lane() == this ? queue.pollBuilt() : null;
        if (batch == null) {
            moveOn(queue);
            return true;
        }
        ready.add(queue);
        if (queue.lane() != this) {
            leave(queue); // it was moved while it was not in the queue, and could not be taken out
        }
        int elementBytes = batch.elementBytes();
        if (elementBytes > current.maxElementBytes()) {
            batch.giveUp(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "a batch of " + elementBytes + " bytes, and a frame between this client and the broker carries "
                            + current.maxElementBytes() + " at most",
                    null);
            return true;
        }
        ByteBuf element = queue.take(batch);
        if (element != null) {
            current.send(batch, queue, element);
        }
        return true;
    }

    private void onSession(BrokerSession session) {
        LaneChannel opened = new LaneChannel(this, session, settings.acks(), settings.elementsPerChannel(), onStale);
        channel = opened;
        opening = false;
        opened.connect();
        drain();
    }

    private void onNoSession(Throwable error) {
        reopenLater(RSocketErrors.fromRSocket(error), nextPause());
    }

    private Duration nextPause() {
        return settings.backoff().after(++failures, settings.runtime().random());
    }

    /** The broker answered: the next failure is the first one again. */
    void onProgress() {
        failures = 0;
    }

    /**
     * A channel ended, and nothing of it is in flight any more.
     *
     * @param wasAnswered whether the broker has answered anything on it
     */
    void onEnded(@Nullable PenstockException error, boolean wasAnswered) {
        opening = error != null; // before the channel goes, or a drain in between would not wait
        channel = null;
        if (error == null) {
            drain();
        } else {
            // one that the broker answered on is replaced at once; if the next one fails as well, there is a pause
            reopenLater(error, wasAnswered ? Duration.ZERO : nextPause());
        }
    }

    private void reopenLater(PenstockException error, Duration pause) {
        if (!Backoff.canHelp(error)) {
            failReady(error);
        }
        try {
            settings.runtime().timers().schedule(this::reopen, pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            reopen();
        }
        ready.forEach(waiting -> onStale.accept(waiting.topic(), ErrorCode.LEADER_NOT_AVAILABLE));
        if (closing) {
            drain();
        }
    }

    private void reopen() {
        opening = false;
        drain();
    }

    private void failReady(PenstockException error) {
        for (PartitionQueue queue = ready.poll(); queue != null; queue = ready.poll()) {
            queue.unmarkQueued();
            queue.failClosed(error.code(), String.valueOf(error.getMessage()), error);
        }
    }

    /** Ends the channel after what was handed over, and completes when the broker has ended it too, or it is gone. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            closing = true;
            drain();
            return ended.asMono();
        });
    }
}
