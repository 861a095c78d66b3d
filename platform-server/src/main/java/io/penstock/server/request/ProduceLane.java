package io.penstock.server.request;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
import io.penstock.core.model.TopicNames;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceHeader;
import io.penstock.core.protocol.ProduceRequest;
import io.penstock.core.protocol.codec.ProduceAckCodec;
import io.penstock.core.protocol.codec.ProduceElementCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.Demand;
import io.penstock.core.runtime.DrainLoop;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.storage.Partition;
import io.penstock.server.storage.PendingAppend;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * A produce channel: batches come up as far as there is credit, answers go down as far as there is demand.
 *
 * <p>Batches arrive on the connection's event loop, and are handed to their partitions' appenders in order. Appenders
 * say on their threads what became of them; credit goes back when a batch is in a log or refused, never when it
 * arrives. The channel completes when the client has completed, or the broker stops, or it is used up, and every
 * batch that arrived is answered: whatever a client sent and has no answer to when it completes was not written.
 */
final class ProduceLane implements CoreSubscriber<Payload>, Subscription, OpenStreams.Stream {

    private final CoreSubscriber<? super Payload> actual;
    private final Function<Payload, ProduceRequest> opener;
    private final ByteBufAllocator allocator;
    private final PartitionLookup partitions;
    private final ProduceBudget budget;
    private final OpenStreams streams;

    private final LaneCredit credit; // guarded by itself
    private final CreditReserve reserve; // guarded by the credit
    private final Queue<ProduceAck> answers = new ConcurrentLinkedQueue<>();
    private final Demand requested = new Demand();
    private final DrainLoop steps = DrainLoop.held(this::takeSteps); // until the subscriber knows of us
    /** Appenders of several partitions have news at a time, but RSocket's requested count bears one caller only. */
    private final DrainLoop crediting = DrainLoop.of(this::grantCredit);

    private final AtomicBoolean isAwaitingRoom = new AtomicBoolean();

    private volatile @Nullable Subscription upstream;
    private volatile @Nullable Acks acks;
    private volatile boolean isInboundDone;
    private volatile boolean isFinishing;
    private volatile boolean isCancelled;
    private volatile @Nullable Throwable broken;

    private volatile boolean isEnded;

    ProduceLane(
            CoreSubscriber<? super Payload> actual,
            Function<Payload, ProduceRequest> opener,
            ProduceResources resources,
            ByteBufAllocator allocator) {
        this.actual = actual;
        this.opener = opener;
        this.allocator = allocator;
        this.partitions = resources.partitions();
        this.budget = resources.budget();
        this.streams = resources.streams();
        this.reserve = new CreditReserve(budget);
        this.credit =
                new LaneCredit(resources.limits().credit(), resources.limits().channelMaxElements());
    }

    /** Begins: from here on the subscriber may ask. The caller subscribes to the inbound side next. */
    void start() {
        streams.add(this);
        actual.onSubscribe(this);
        steps.release();
    }

    // inbound: batches

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        if (isCancelled || isEnded) {
            subscription.cancel();
        } else {
            subscription.request(1); // the opener, which is not counted
        }
    }

    @Override
    public void onNext(Payload payload) {
        try {
            if (acks == null) {
                acks = Acks.ofWireValue(opener.apply(payload).acks());
                crediting.signal();
            } else {
                onBatch(payload.data());
            }
        } catch (IllegalArgumentException e) {
            breakOff(new PenstockException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e));
        } catch (RuntimeException e) {
            breakOff(e);
        } finally {
            payload.release();
        }
    }

    private void onBatch(ByteBuf element) {
        ProduceHeader header = ProduceElementCodec.decodeHeader(element);
        int size = element.readableBytes();
        synchronized (credit) {
            credit.onArrived();
            reserve.onArrived(size);
        }
        boolean isHeld = budget.tryAdd(size);
        Arrival arrival = new Arrival(isHeld ? size : 0);
        Partition partition;
        try {
            if (!isHeld) {
                throw new PenstockException(
                        ErrorCode.BROKER_OVERLOADED,
                        "the broker holds " + budget.usedBytes() + " bytes of batches that are not in a log yet");
            }
            partition = target(header);
        } catch (PenstockException e) {
            arrival.onTaken();
            arrival.onAnswer(ProduceAck.failed(
                    header.correlation(), Outcome.NOT_WRITTEN, e.code(), String.valueOf(e.getMessage())));
            return;
        }
        ByteBuf batch = element.retainedSlice(
                element.readerIndex() + ProduceElementCodec.HEADER_BYTES, size - ProduceElementCodec.HEADER_BYTES);
        partition.append(new PendingAppend(header.correlation(), header.leaderEpoch(), acksOrAll(), batch, arrival));
    }

    private Partition target(ProduceHeader header) {
        if (isFinishing) {
            throw new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down");
        }
        TopicRecord topic = partitions.topic(null, header.topicId());
        if (TopicNames.isInternal(topic.name())) {
            throw new PenstockException(
                    ErrorCode.INVALID_TOPIC,
                    "topic " + topic.name() + " is the broker's own: clients can't write to it");
        }
        // the epoch is checked by the appender, in order with the answers of the partition
        return partitions.led(topic, header.partition(), -1);
    }

    @Override
    public void onComplete() {
        isInboundDone = true;
        steps.signal();
    }

    @Override
    public void onError(Throwable error) {
        // the connection is gone, or the client gave up: nobody waits for answers
        isInboundDone = true;
        isCancelled = true;
        steps.signal();
    }

    private void breakOff(RuntimeException error) {
        broken = RSocketErrors.toRSocket(error);
        cancelInbound();
        steps.signal();
    }

    private void cancelInbound() {
        Subscription subscription = upstream;
        if (subscription != null) {
            subscription.cancel();
        }
    }

    /** One batch between its arrival and its answer. */
    private final class Arrival implements PendingAppend.Listener {

        private final int heldBytes;

        Arrival(int heldBytes) {
            this.heldBytes = heldBytes;
        }

        @Override
        public void onTaken() {
            budget.remove(heldBytes);
            synchronized (credit) {
                credit.onTaken();
            }
            crediting.signal();
        }

        @Override
        public void onAnswer(ProduceAck answer) {
            if (acksOrAll() == Acks.NONE && answer.error() == ErrorCode.NONE) {
                synchronized (credit) {
                    credit.onAnswered();
                }
            } else {
                answers.add(answer);
            }
            steps.signal();
        }
    }

    private Acks acksOrAll() {
        Acks known = acks;
        return known == null ? Acks.ALL : known;
    }

    private void grantCredit() {
        Subscription subscription = upstream;
        if (subscription == null || isCancelled || isEnded || isInboundDone || broken != null) {
            return;
        }
        int more;
        boolean isDry;
        synchronized (credit) {
            more = reserve.reserve(credit.wanted(), credit.isDry());
            credit.grant(more);
            isDry = credit.isDry() && credit.wanted() > 0;
        }
        if (more > 0) {
            subscription.request(more);
        }
        if (isDry && isAwaitingRoom.compareAndSet(false, true)) {
            budget.whenRoom(() -> {
                isAwaitingRoom.set(false);
                crediting.signal();
            });
        }
    }

    // outbound: answers

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.add(n);
            steps.signal();
        }
    }

    @Override
    public void cancel() {
        isCancelled = true;
        cancelInbound();
        steps.signal();
    }

    @Override
    public void finish() {
        isFinishing = true;
        synchronized (credit) {
            credit.stop();
        }
        steps.signal();
    }

    private void takeSteps() {
        if (!isEnded) {
            sendAnswers();
            endIfOver();
        }
    }

    private void sendAnswers() {
        int sent = 0;
        while (!isCancelled && requested.get() > 0) {
            ProduceAck next = answers.poll();
            if (next == null) {
                break;
            }
            requested.given(1);
            actual.onNext(ByteBufPayload.create(ProduceAckCodec.encode(allocator, next)));
            synchronized (credit) {
                credit.onAnswered();
            }
            sent++;
        }
        if (sent > 0) {
            crediting.signal();
        }
    }

    private void endIfOver() {
        if (isCancelled) {
            ended();
            return;
        }
        Throwable error = broken;
        if (error != null) {
            actual.onError(error);
            ended();
            return;
        }
        boolean isSettled;
        boolean isUsedUp;
        synchronized (credit) {
            isSettled = credit.isSettled();
            isUsedUp = credit.isUsedUp();
        }
        if (isSettled && (isInboundDone || isFinishing || isUsedUp)) {
            // before the cancel: an inbound side that comes later sees it
            isEnded = true;
            if (!isInboundDone) {
                cancelInbound();
            }
            actual.onComplete();
            ended();
        }
    }

    private void ended() {
        isEnded = true;
        synchronized (credit) {
            reserve.end();
        }
        answers.clear();
        streams.remove(this);
    }
}
