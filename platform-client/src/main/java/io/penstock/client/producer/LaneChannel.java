package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.penstock.client.connection.BrokerSession;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceHeader;
import io.penstock.core.protocol.ProduceRequest;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.ProduceAckCodec;
import io.penstock.core.protocol.codec.ProduceElementCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.Demand;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One produce channel: upwards the opener and then batches, by the broker's credit; downwards answers, matched to
 * batches by correlation.
 *
 * <p>It begins with a few batches, and doubles with the answers, as TCP does: on a network that loses connections again and
 * again, all that waits would else be sent each time, and little of it answered before the next loss.
 *
 * <p>The methods of the way up are called in the lane's drain loop only. A channel carries a limited number of
 * elements, because RSocket Java goes silent for ever when the credit of one stream adds up to 2<sup>31</sup> − 1: at
 * the limit it is completed, and the lane opens the next one when all answers are in.
 */
final class LaneChannel implements Publisher<Payload>, Subscription, CoreSubscriber<Payload> {

    private static final Logger log = LoggerFactory.getLogger(LaneChannel.class);
    private static final int VERSION = 1;
    /** So many batches may be unanswered at first, and one more for each answer. */
    static final int FIRST_WINDOW = 16;

    /** RSocket's own header of a payload frame, generously. */
    private static final int FRAME_OVERHEAD = 16;

    private record InFlight(ProducerBatch batch, PartitionQueue queue) {}

    private final Lane lane;
    private final BrokerSession session;
    private final Acks acks;
    private final long elementLimit;
    private final BiConsumer<ProducerTopic, ErrorCode> onStale;
    private final ConcurrentHashMap<Integer, InFlight> inFlight = new ConcurrentHashMap<>();
    private final Demand credit = new Demand();
    private final AtomicBoolean over = new AtomicBoolean();

    private volatile @Nullable Subscriber<? super Payload> up;
    private volatile @Nullable Subscription down;
    private volatile boolean upEnded;
    private volatile boolean finished;
    private volatile boolean cancelled;
    private volatile boolean answering;
    private boolean opened;
    private long sent;

    LaneChannel(
            Lane lane,
            BrokerSession session,
            Acks acks,
            long elementLimit,
            BiConsumer<ProducerTopic, ErrorCode> onStale) {
        this.lane = lane;
        this.session = session;
        this.acks = acks;
        this.elementLimit = elementLimit;
        this.onStale = onStale;
    }

    void connect() {
        session.channel(this).subscribe(this);
    }

    int maxElementBytes() {
        return session.maxFrameBytes() - FRAME_OVERHEAD;
    }

    // the way up, in the lane's drain loop

    /** Sends the opener when RSocket asks for the first payload. */
    void open() {
        Subscriber<? super Payload> target = up;
        if (!opened && !upEnded && target != null && credit.get() > 0) {
            opened = true;
            credit.given(1);
            target.onNext(BrokerSession.opener(Verb.PRODUCE, new ProduceRequest(VERSION, acks.wireValue())));
        }
    }

    boolean hasCredit() {
        return opened && !upEnded && credit.get() > 0 && isInWindow();
    }

    private boolean isInWindow() {
        long unanswered = inFlight.size();
        return unanswered < FIRST_WINDOW + (sent - unanswered);
    }

    /** Hands a batch over, whose element was taken from it. */
    void send(ProducerBatch batch, PartitionQueue queue, ByteBuf element) {
        int correlation = (int) sent++;
        ProduceElementCodec.setHeader(
                element, new ProduceHeader(correlation, queue.topicId(), queue.partition(), queue.leaderEpoch()));
        InFlight entry = new InFlight(batch, queue);
        inFlight.put(correlation, entry);
        credit.given(1);
        Subscriber<? super Payload> target = up;
        if (target == null) {
            throw new IllegalStateException("credit came before the subscription");
        }
        target.onNext(ByteBufPayload.create(element));
        if (acks == Acks.NONE) {
            batch.answer(
                    new ProduceAck(correlation, Outcome.UNKNOWN, Guarantee.NONE, ErrorCode.NONE, -1, -1, -1, -1, ""),
                    null);
            inFlight.remove(correlation, entry);
        }
        if (over.get()) {
            giveUp(null);
        } else if (sent >= elementLimit) {
            finish();
        }
    }

    /** Sends no more; the broker answers what it has and completes. */
    void finish() {
        Subscriber<? super Payload> target = up;
        if (!upEnded && opened && target != null) {
            upEnded = true;
            finished = true;
            target.onComplete();
        }
    }

    @Override
    public void subscribe(Subscriber<? super Payload> subscriber) {
        up = subscriber;
        subscriber.onSubscribe(this);
    }

    /** Credit: the first is RSocket's for the opener, the rest is the broker's. */
    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            credit.add(n);
            lane.drain();
        }
    }

    /** The broker takes no more on this channel; what it has taken it answers, and then the way down ends. */
    @Override
    public void cancel() {
        cancelled = true;
        upEnded = true;
    }

    // the way down, on the connection's thread

    @Override
    public Context currentContext() {
        return BrokerSession.QUIET;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        down = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Payload payload) {
        ProduceAck ack;
        try {
            ack = ProduceAckCodec.decode(payload.sliceData());
        } finally {
            payload.release();
        }
        answering = true;
        lane.onProgress();
        InFlight answered = inFlight.remove(ack.correlation());
        if (answered != null) {
            answered.queue.onAnswer(answered.batch, ack);
            onStale.accept(answered.queue.topic(), ack.error());
        } else if (ack.error() != ErrorCode.NONE) {
            log.warn("A batch that was sent without acknowledgement was refused: {} {}", ack.error(), ack.message());
        }
        lane.drain();
    }

    @Override
    public void onError(Throwable error) {
        end(RSocketErrors.fromRSocket(error));
    }

    @Override
    public void onComplete() {
        // one that took nothing is not replaced at once, or a broker that takes nothing would be asked in a loop
        boolean isOrderly = finished || cancelled && answering;
        end(isOrderly ? null : new PenstockException(ErrorCode.CONNECTION_LOST, "the broker ended the channel"));
    }

    private void end(@Nullable PenstockException error) {
        if (over.compareAndSet(false, true)) {
            upEnded = true;
            giveUp(error);
            lane.onEnded(error, answering);
        }
    }

    /** Nobody will say what became of what is in flight. */
    private void giveUp(@Nullable PenstockException error) {
        for (Integer correlation : inFlight.keySet()) {
            InFlight lost = inFlight.remove(correlation);
            if (lost != null) {
                ErrorCode code = error == null ? ErrorCode.CONNECTION_LOST : error.code();
                String why = error == null ? "the channel ended" : String.valueOf(error.getMessage());
                lost.queue.onLost(
                        lost.batch,
                        Outcome.UNKNOWN,
                        new PenstockException(code, "sent, but not answered: " + why, error));
            }
        }
    }
}
