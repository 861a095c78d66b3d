package io.penstock.client.consumer;

import io.netty.buffer.ByteBuf;
import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.client.group.Acknowledger;
import io.penstock.client.group.Deliveries;
import io.penstock.client.group.Turns;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.OffsetRanges;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.FetchEnd;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.RecordBatch;
import io.rsocket.Payload;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * One partition of a subscription: keeps a fetch stream open at the offset after the last element that was received,
 * holds what was received, and gives it out batch by batch. Everything happens on the subscription's serial executor,
 * but for the two offsets that anybody may read.
 *
 * <pre>
 *   waiting for a session ──► streaming ──► pausing ──► waiting …        failed and ended are final
 * </pre>
 */
final class PartitionFetch {

    private static final int VERSION = 1;
    /** In how many steps credit for a window is given while elements are on the way. */
    private static final int CREDIT_STEPS = 4;

    /** What a partition needs of its subscription. */
    interface Owner extends Turns {

        /** A session with a broker, waited for. */
        Mono<BrokerSession> session(int brokerId);

        WindowPlan plan();

        /** How many elements a stream may be given credit for. */
        long elementsPerStream();

        void emit(ConsumerEvent event);

        /** Something was received, or the partition failed. */
        void onNews(PartitionFetch partition);

        /** The offset is not there: to be resolved anew, as the options say. */
        void onOutOfRange(PartitionFetch partition, PenstockException error);
    }

    private final TopicPartition topicPartition;
    private final UUID topicId;
    private final Owner owner;
    private final ArrayDeque<ReceivedElement> received = new ArrayDeque<>();
    private final Disposable.Swap work = Disposables.swap();

    private int leader;
    private @Nullable FetchStream stream;
    private boolean busy;
    private int attempt;
    private boolean ended;
    private @Nullable PenstockException failure;
    private int failures;
    private long fetchOffset;
    /** What goes on elsewhere when all that was received has been given out. */
    private @Nullable Runnable reset;

    private Deliveries deliveries = Deliveries.UNTRACKED;
    /** The batch that the first element stands at was not admitted, and is asked for again. */
    private boolean held;
    /** Nothing was given out since the position was moved over something. */
    private boolean passed;

    private long heldBytes;
    /** Written with release order only: once a record, and read by others for information. */
    private final AtomicLong position = new AtomicLong();

    private volatile long highWatermark = -1;

    PartitionFetch(TopicPartition topicPartition, UUID topicId, int leader, Owner owner) {
        this.topicPartition = topicPartition;
        this.topicId = topicId;
        this.leader = leader;
        this.owner = owner;
    }

    TopicPartition topicPartition() {
        return topicPartition;
    }

    UUID topicId() {
        return topicId;
    }

    int leader() {
        return leader;
    }

    /** The offset after what was received. */
    long fetchOffset() {
        return fetchOffset;
    }

    /** The offset of the next record to be given out. */
    long position() {
        return position.getPlain();
    }

    /** Where it stands; safe for any thread. */
    Position snapshot(long committedOffset) {
        return new Position(position.get(), highWatermark, committedOffset);
    }

    @Nullable
    PenstockException failure() {
        return failure;
    }

    void execute(Runnable task) {
        owner.execute(task);
    }

    // opening

    /** Reads from an offset on. */
    void start(long offset, Deliveries to) {
        fetchOffset = offset;
        deliveries = to;
        position.lazySet(offset);
        open();
    }

    /** Goes on at another offset, after what was received until now has been given out. */
    void reset(long offset, Supplier<Deliveries> to) {
        reset = () -> start(offset, to.get());
        resetIfGivenOut();
    }

    private void resetIfGivenOut() {
        Runnable due = reset;
        if (due != null && received.isEmpty()) {
            reset = null;
            due.run();
        }
    }

    /** Goes on at another offset at once; what was received is let go. */
    void seek(long offset, Deliveries to) {
        reset = null;
        dropStream();
        dropReceived();
        busy = false;
        start(offset, to);
    }

    private void dropReceived() {
        held = false;
        for (ReceivedElement element = received.poll(); element != null; element = received.poll()) {
            release(element);
        }
    }

    /**
     * The image of now. If it names another leader, the stream, the wait for a session or the pause is given up for it:
     * the old one may be down, and a connection may take long to notice.
     */
    void follow(Metadata.PartitionImage image) {
        int before = leader;
        leader = image.leader();
        if (leader != before && leader >= 0 && (busy || stream != null)) {
            busy = false;
            reopen();
        }
    }

    private void open() {
        if (busy || stream != null || ended || failure != null) {
            return;
        }
        busy = true;
        int number = ++attempt;
        work.update(owner.session(leader)
                .subscribe(
                        session -> owner.execute(() -> onSession(number, session)),
                        error -> owner.execute(() -> onNoSession(number, RSocketErrors.fromRSocket(error))),
                        null,
                        BrokerSession.QUIET));
    }

    private void onNoSession(int number, PenstockException error) {
        if (number == attempt) {
            busy = false;
            interrupted(error);
        }
    }

    private void onSession(int number, BrokerSession session) {
        if (number != attempt) {
            return;
        }
        busy = false;
        if (ended || failure != null || stream != null) {
            return;
        }
        int elementBytes =
                Math.min(owner.plan().elementBytes(), session.limits().maxElementBytes());
        FetchStream opened = new FetchStream(this, elementBytes);
        stream = opened;
        FetchRequest request = new FetchRequest(
                VERSION,
                topicPartition.topic(),
                topicId,
                topicPartition.partition(),
                fetchOffset,
                null,
                elementBytes,
                session.readableFrameBytes());
        session.stream(Verb.FETCH, request).subscribe(opened);
        owner.emit(new ConsumerEvent.Opened(topicPartition, session.brokerId(), fetchOffset));
        grant();
    }

    /** Opens the stream anew if the plan's elements have become smaller. */
    void onPlanChanged() {
        FetchStream current = stream;
        if (current != null && current.elementBytes() > owner.plan().elementBytes()) {
            reopen();
        }
    }

    private void reopen() {
        dropStream();
        open();
    }

    private void dropStream() {
        FetchStream dropped = stream;
        stream = null;
        if (dropped != null) {
            dropped.cancel();
        }
    }

    /**
     * Gives as much credit as the window has room for, but not piecemeal, since each piece is a frame and wakes the broker
     * up; a stream that has had its share is replaced.
     */
    private void grant() {
        FetchStream current = stream;
        if (current == null) {
            return;
        }
        if (current.granted() >= owner.elementsPerStream()) {
            if (current.outstanding() == 0) {
                reopen();
            }
            return;
        }
        WindowPlan plan = owner.plan();
        long left = owner.elementsPerStream() - current.granted();
        int more = 0;
        while (more < left && plan.hasRoom(heldBytes, current.outstanding() + more, current.elementBytes())) {
            more++;
        }
        if (current.outstanding() == 0 || more >= plan.credit() / CREDIT_STEPS) {
            current.grant(more);
        }
    }

    // what the stream says

    void onElement(FetchStream from, Payload payload) {
        if (from != stream || ended) {
            payload.release();
            return;
        }
        boolean kept = false;
        try {
            ByteBuf data = payload.sliceData();
            FetchHeader header = FetchElementCodec.decodeHeader(data);
            from.onReceived();
            if (header.isEnd()) {
                onEnd(header, FetchElementCodec.decodeEnd(data));
            } else {
                ReceivedElement element = new ReceivedElement(payload, data, header);
                kept = true;
                keep(element);
            }
        } catch (PenstockException broken) {
            fail(broken);
        } finally {
            if (!kept) {
                payload.release();
            }
        }
    }

    private void keep(ReceivedElement element) {
        received.add(element); // first: whatever happens from here on, it is released with the rest
        heldBytes += element.sizeInBytes();
        failures = 0;
        fetchOffset = element.header().nextOffset();
        highWatermark = element.header().highWatermark();
        grant();
        owner.onNews(this);
    }

    private void onEnd(FetchHeader header, FetchEnd end) {
        stream = null;
        ErrorCode code = header.error();
        PenstockException error = new PenstockException(code, topicPartition + ": " + end.message());
        switch (code) {
            case NONE, STREAM_ROLLED_OVER -> open();
            case OFFSET_OUT_OF_RANGE -> owner.onOutOfRange(this, error);
            case UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION ->
                fail(new PenstockException(
                        ErrorCode.UNKNOWN_TOPIC_ID, topicPartition + ": the topic was deleted: " + end.message()));
            default -> {
                leader = end.leader() >= 0 ? end.leader() : leader;
                interrupted(error);
            }
        }
    }

    void onStreamError(FetchStream from, Throwable error) {
        if (from == stream) {
            stream = null;
            interrupted(RSocketErrors.fromRSocket(error));
        }
    }

    /** Without an end element, because there was no credit for it: the reason comes when it is opened again. */
    void onStreamComplete(FetchStream from) {
        if (from != stream) {
            return;
        }
        stream = null;
        if (from.hasReceived()) {
            open();
        } else {
            interrupted(
                    new PenstockException(ErrorCode.CONNECTION_LOST, topicPartition + ": the broker ended the stream"));
        }
    }

    private void interrupted(PenstockException error) {
        if (ended || failure != null) {
            return;
        }
        if (!Backoff.canHelp(error)) {
            fail(error);
            return;
        }
        Duration pause = owner.backoff(++failures);
        owner.emit(new ConsumerEvent.Interrupted(
                topicPartition, fetchOffset, pause, error.code() + ": " + error.getMessage()));
        busy = true;
        int number = ++attempt;
        work.update(owner.executeLater(() -> onPaused(number), pause));
    }

    private void onPaused(int number) {
        if (number != attempt) {
            return;
        }
        busy = false;
        open();
    }

    /** Nothing more comes; the error is signalled when what was received has been given out. */
    void fail(PenstockException error) {
        if (failure == null && !ended) {
            failure = error;
            work.dispose();
            dropStream();
            owner.onNews(this);
        }
    }

    // what the subscription takes

    boolean hasReceived() {
        return !received.isEmpty();
    }

    /** Whether there is something to give out that is admitted, as far as is known. */
    boolean isReady() {
        return !received.isEmpty() && !held;
    }

    /**
     * Moves to the next batch that has records to give out, past those of the broker's own, those before the position
     * and those that are finished, and checks it.
     *
     * @return the element that it lies in, or null if all that was received and is admitted has been given out
     */
    @Nullable
    ReceivedElement nextBatch() {
        for (ReceivedElement element = received.peek(); element != null; element = received.peek()) {
            while (held || element.next()) {
                held = false;
                RecordBatch batch = element.batch();
                batch.ensureValid(BatchLimits.DEFAULTS);
                deliveries.enter(batch.baseOffset(), batch.leaderEpoch());
                long next = batch.nextOffset();
                if (next <= position.getPlain()) {
                    continue;
                }
                if (batch.isControl()
                        || batch.recordCount() == 0
                        || deliveries.nextUnfinished(position.getPlain()) >= next) {
                    passTo(next);
                } else if (deliveries.admits(next)) {
                    return element;
                } else {
                    held = true;
                    return null;
                }
            }
            dropFirst(element);
        }
        return null;
    }

    /** The offset itself or the first after it that is to be given out. */
    long nextUnfinished(long offset) {
        return deliveries.nextUnfinished(offset);
    }

    /** What need not be given out of some offsets. */
    OffsetRanges finished(long fromOffset, long toOffset) {
        return deliveries.finished(fromOffset, toOffset);
    }

    /** Who is told that a record is finished. */
    Acknowledger acknowledger() {
        return deliveries;
    }

    /** Records are given out now, and those after them next. */
    void handOut(long fromOffset, long toOffset) {
        deliveries.handOut(fromOffset, toOffset);
        passed = false;
        position.lazySet(toOffset);
    }

    private void passTo(long offset) {
        if (offset > position.getPlain()) {
            deliveries.passTo(offset);
            position.lazySet(offset);
            passed = true;
        }
    }

    /**
     * The batch that {@link #nextBatch} gave has been given out; an element of which that was the last one is let go at
     * once, so that its credit does not wait for the next demand.
     */
    void endBatch() {
        ReceivedElement element = received.peek();
        if (element != null) {
            passTo(element.batch().nextOffset());
            if (!element.hasMore()) {
                dropFirst(element);
            }
        }
    }

    private void dropFirst(ReceivedElement element) {
        received.poll();
        passTo(element.header().nextOffset());
        release(element);
        if (passed) {
            passed = false;
            owner.emit(new ConsumerEvent.Passed(topicPartition, position.getPlain()));
        }
        resetIfGivenOut();
    }

    /** Lets an element go, and gives credit for its bytes if nobody else holds it. */
    void release(ReceivedElement element) {
        if (element.release()) {
            onFreed(element);
        }
    }

    void onFreed(ReceivedElement element) {
        heldBytes -= element.sizeInBytes();
        if (!ended) {
            grant();
        }
    }

    /** Ends the stream, and releases what was received. */
    void end() {
        ended = true;
        work.dispose();
        dropStream();
        dropReceived();
    }

    boolean isEnded() {
        return ended;
    }
}
