package io.penstock.server.request;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogReader;
import io.penstock.core.log.LogSignal;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.LogSnapshot;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.protocol.FetchEnd;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.core.runtime.Demand;
import io.penstock.core.runtime.DrainLoop;
import io.penstock.server.storage.Partition;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One partition going down to one client, an element at a time.
 *
 * <pre>
 *            demand, records          room             slice
 *     IDLE ──────────────────▶ RESERVING ──▶ READING ────────▶ IDLE
 *      │ ▲ demand, no records
 *      ▼ │                                any: cancelled, or the end was said ──▶ ENDED
 *    PARKED until the high watermark moves
 * </pre>
 *
 * Without demand it stays IDLE, and reads nothing. The steps are taken by whichever thread brings news, one at a time;
 * only {@link #read} touches files, on a reader thread, and nobody interrupts it: a cancel waits for it and releases
 * what it brings.
 */
final class PartitionFeed implements Subscription, OpenStreams.Stream {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionFeed.class);
    private static final int UNKNOWN_LEADER = -1;
    /** What a frame has beside the batches. */
    private static final int FRAME_OVERHEAD = ClientConnection.FRAME_OVERHEAD + FetchElementCodec.HEADER_BYTES;

    private enum Step {
        IDLE,
        PARKED,
        RESERVING,
        READING,
        ENDED
    }

    /** What a read brought: a slice, nothing, or why there will be none. */
    private record Reading(
            @Nullable LogSlice slice,
            @Nullable LogSnapshot snapshot,
            @Nullable PenstockException failure) {}

    private final CoreSubscriber<? super Payload> actual;
    private final Partition partition;
    private final ClientConnection client;
    private final ByteBufAllocator allocator;
    private final Executor readers;
    private final OpenStreams streams;
    private final FetchMetrics metrics;
    private final int maxElementBytes;
    private final int maxFrameBytes;
    private final long maxElements;

    private final Demand requested = new Demand();
    private final DrainLoop steps = DrainLoop.held(this::takeSteps); // until the subscriber knows of us
    private volatile boolean isCancelled;
    private volatile boolean isFinishing;
    private volatile boolean isWoken;
    private volatile @Nullable Reading brought;

    // touched by whoever takes the steps
    private Step step = Step.IDLE;
    private @Nullable PenstockException end;
    private LogSignal.@Nullable Cancellation parking;
    private @Nullable Reservation reservation;
    private int largestElement;
    private long elements;

    // touched by a step or by the read that it began
    private long nextOffset;
    private @Nullable LogReader reader;

    PartitionFeed(
            CoreSubscriber<? super Payload> actual,
            Partition partition,
            FetchRequest request,
            FetchResources resources,
            ClientConnection client) {
        this.actual = actual;
        this.partition = partition;
        this.nextOffset = request.offset();
        this.maxFrameBytes = orUnbounded(request.maxFrameBytes());
        this.maxElementBytes = Math.max(
                1,
                Math.min(
                        Math.min(
                                orUnbounded(request.maxElementBytes()),
                                resources.limits().elementMaxBytes()),
                        maxFrameBytes - FRAME_OVERHEAD));
        this.maxElements = resources.limits().streamMaxElements();
        this.readers = resources.readers();
        this.streams = resources.streams();
        this.metrics = resources.metrics();
        this.client = client;
        this.allocator = client.allocator();
    }

    private static int orUnbounded(int bytes) {
        return bytes == 0 ? Integer.MAX_VALUE : bytes;
    }

    /** Begins: from here on the subscriber may ask. */
    void start() {
        streams.add(this);
        actual.onSubscribe(this);
        steps.release();
    }

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
        steps.signal();
    }

    @Override
    public void finish() {
        isFinishing = true;
        steps.signal();
    }

    private void takeSteps() {
        boolean moved;
        do {
            moved = takeStep();
        } while (moved);
    }

    /** Goes on if it can; false if there is something to wait for. */
    private boolean takeStep() {
        return switch (step) {
            case IDLE -> onIdle();
            case PARKED -> onParked();
            case RESERVING -> onReserving();
            case READING -> onReading();
            case ENDED -> false;
        };
    }

    private boolean onIdle() {
        if (isCancelled) {
            return ended();
        }
        if (requested.get() == 0) {
            return isFinishing && completed();
        }
        PenstockException reason = reasonToEnd();
        if (reason != null) {
            return endedWith(reason);
        }
        PartitionLog log = partition.openLog();
        if (log != null && isAtEnd(log.snapshot())) {
            park(log);
        } else {
            reserve();
        }
        return true;
    }

    private @Nullable PenstockException reasonToEnd() {
        if (end != null) {
            return end;
        }
        if (isFinishing) {
            return new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down");
        }
        if (elements >= maxElements) {
            return new PenstockException(
                    ErrorCode.STREAM_ROLLED_OVER, "the stream has brought " + elements + " elements");
        }
        return partition.failure();
    }

    private boolean isAtEnd(LogSnapshot snapshot) {
        return nextOffset >= snapshot.highWatermark() && nextOffset <= snapshot.logEndOffset();
    }

    private void park(PartitionLog log) {
        isWoken = false;
        step = Step.PARKED;
        parking = log.signal().whenBeyond(nextOffset, () -> {
            isWoken = true;
            steps.signal();
        });
    }

    private boolean onParked() {
        if (!isWoken && !isCancelled && !isFinishing) {
            return false;
        }
        if (parking != null) {
            parking.cancel();
            parking = null;
        }
        step = Step.IDLE;
        return true;
    }

    private void reserve() {
        step = Step.RESERVING;
        // a batch that is larger than an element goes alone; once one was seen, more may come
        Reservation next = new Reservation(FetchElementCodec.HEADER_BYTES + Math.max(maxElementBytes, largestElement));
        reservation = next;
        next.begin(client.outbound(), steps::signal);
    }

    private boolean onReserving() {
        Reservation waiting = reservation;
        if (waiting == null || waiting.isRefused()) {
            // the connection is gone, and the cancel on its way
            return ended();
        }
        if (isCancelled || isFinishing) {
            step = Step.IDLE;
            unreserve();
            return true;
        }
        if (!waiting.isGranted()) {
            return false;
        }
        step = Step.READING;
        try {
            readers.execute(this::read);
        } catch (RejectedExecutionException e) {
            end = new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down", e);
            step = Step.IDLE;
            unreserve();
        }
        return true;
    }

    private void read() {
        long startNanos = metrics.start();
        Reading reading;
        try {
            PartitionLog log = partition.log();
            if (reader == null) {
                reader = log.newReader();
            }
            LogSnapshot snapshot = log.snapshot();
            LogSlice slice = reader.read(
                    nextOffset, snapshot.highWatermark(), maxElementBytes, allocator, FetchElementCodec.HEADER_BYTES);
            metrics.read(startNanos, slice == null ? 0 : slice.sizeInBytes());
            reading = new Reading(slice, snapshot, null);
        } catch (PenstockException e) {
            reading = new Reading(null, null, e);
        } catch (Throwable e) {
            LOG.error("Reading {} at offset {} for {} failed", partition, nextOffset, client, e);
            reading = new Reading(
                    null,
                    null,
                    new PenstockException(ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.UNKNOWN_SERVER_ERROR.meaning(), e));
        }
        brought = reading;
        steps.signal();
    }

    private boolean onReading() {
        Reading reading = brought;
        if (reading == null) {
            return false;
        }
        brought = null;
        step = Step.IDLE;
        LogSlice slice = reading.slice;
        if (slice != null && isCancelled) {
            slice.buffer().release();
        } else if (slice != null && FRAME_OVERHEAD + slice.sizeInBytes() > maxFrameBytes) {
            slice.buffer().release();
            end = tooLarge(slice);
        } else if (slice != null && reading.snapshot != null) {
            largestElement = Math.max(largestElement, slice.sizeInBytes());
            emit(slice.buffer(), slice.nextOffset(), reading.snapshot);
        } else if (reading.failure != null) {
            end = reading.failure;
        } else if (reading.snapshot != null && !isCancelled) {
            passGap(reading.snapshot);
        }
        unreserve();
        return true;
    }

    private PenstockException tooLarge(LogSlice slice) {
        return new PenstockException(
                ErrorCode.FRAME_TOO_LARGE,
                "the batch that has offset " + nextOffset + " has " + slice.sizeInBytes()
                        + " bytes, and the client reads frames of " + maxFrameBytes
                        + " bytes at most: raise the client's maxFrameBytes above "
                        + (FRAME_OVERHEAD + slice.sizeInBytes()));
    }

    /** Nothing is left up to the high watermark, by compaction or quarantine: the client would wait for it in vain. */
    private void passGap(LogSnapshot snapshot) {
        if (nextOffset < snapshot.highWatermark()) {
            emit(FetchElementCodec.newEmpty(allocator), snapshot.highWatermark(), snapshot);
        }
    }

    private void emit(ByteBuf element, long next, LogSnapshot snapshot) {
        nextOffset = next;
        elements++;
        FetchElementCodec.setHeader(element, header(false, ErrorCode.NONE, snapshot));
        requested.given(1);
        actual.onNext(ByteBufPayload.create(element));
    }

    private FetchHeader header(boolean isEnd, ErrorCode error, @Nullable LogSnapshot snapshot) {
        return new FetchHeader(
                isEnd,
                error,
                partition.leaderEpoch(),
                snapshot == null ? -1 : snapshot.highWatermark(),
                snapshot == null ? -1 : snapshot.lastStableOffset(),
                snapshot == null ? -1 : snapshot.logStartOffset(),
                nextOffset);
    }

    private boolean endedWith(PenstockException reason) {
        // a topic that is deleted while it is read is known by its id here
        ErrorCode code =
                reason.code() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ? ErrorCode.UNKNOWN_TOPIC_ID : reason.code();
        PartitionLog log = partition.openLog();
        FetchHeader header = header(true, code, log == null ? null : log.snapshot());
        ByteBuf element = FetchElementCodec.encodeEnd(
                allocator, header, new FetchEnd(UNKNOWN_LEADER, String.valueOf(reason.getMessage())));
        actual.onNext(ByteBufPayload.create(element));
        return completed();
    }

    private boolean completed() {
        actual.onComplete();
        return ended();
    }

    private boolean ended() {
        step = Step.ENDED;
        unreserve();
        streams.remove(this);
        return false;
    }

    private void unreserve() {
        if (reservation != null) {
            reservation.end();
            reservation = null;
        }
    }
}
