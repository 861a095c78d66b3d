package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.rsocket.frame.FrameLengthCodec;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream of bytes into RSocket frames, and closes the connection on the first that can't be one.
 *
 * <pre>
 * length   uint24   of what follows
 * frame    stream id int32 (highest bit 0) | type uint6, flags uint10 | …
 * </pre>
 *
 * <p>A frame is judged by its first nine bytes, before anything is kept for the rest of it, and once more when it is
 * whole. RSocket itself answers a frame that is too large with a connection that nobody reads any more, and some
 * malformed ones with an exception that nobody catches. Reassembly of fragments has no bound over all streams, so
 * fragments are refused too.
 *
 * <p>What has come of a frame that is not whole is an {@link UnfinishedFrame}: it takes memory as it comes, out of a
 * budget for all connections, and has a time to become whole.
 *
 * <p>Most frames that it hands on are slices of what was read from the socket. Nobody may read them off the event loop
 * by methods that use a buffer's internal NIO view; see the package's description.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {

    private static final int LENGTH_BYTES = FrameLengthCodec.FRAME_LENGTH_SIZE;
    private static final int HEADER_BYTES = LENGTH_BYTES + FrameRules.HEADER_BYTES;

    private final int maxFrameBytes;
    private final FrameRules rules;
    private final InboundBudget budget;
    private final @Nullable Duration frameTimeout;
    private final ViolationLog violations;
    private final TransportMetrics metrics;

    private @Nullable UnfinishedFrame unfinished;
    private @Nullable Future<?> timer;
    private boolean isRejected;
    private boolean hasPassedOn;

    /**
     * A decoder for one connection.
     *
     * @param frameTimeout how long a frame may take from its first byte to its last, or null for as long as it likes
     */
    FrameDecoder(
            int maxFrameBytes,
            FrameRules rules,
            InboundBudget budget,
            @Nullable Duration frameTimeout,
            ViolationLog violations,
            TransportMetrics metrics) {
        this.maxFrameBytes = maxFrameBytes;
        this.rules = rules;
        this.budget = budget;
        this.frameTimeout = frameTimeout;
        this.violations = violations;
        this.metrics = metrics;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        UnfinishedFrame frame = new UnfinishedFrame(
                budget, () -> ctx.executor().execute(() -> rejectUnfinished(ctx, Violation.UNFINISHED_FRAME)));
        budget.add(frame);
        unfinished = frame;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        UnfinishedFrame frame = unfinished();
        budget.remove(frame);
        frame.release();
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private UnfinishedFrame unfinished() {
        assert unfinished != null;
        return unfinished;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable() && !isRejected) {
                ByteBuf whole = unfinished().isEmpty() ? nextFrame(ctx, in) : restOfFrame(ctx, in);
                if (whole != null) {
                    passOn(ctx, whole);
                }
            }
        } finally {
            in.release();
        }
    }

    /** The next frame with its length field as a slice, or null if it has not come whole or is none. */
    private @Nullable ByteBuf nextFrame(ChannelHandlerContext ctx, ByteBuf in) {
        int needed = neededBytes(ctx, in);
        if (isRejected) {
            return null;
        }
        if (in.readableBytes() >= needed) {
            return in.readRetainedSlice(needed);
        }
        keep(ctx, in, in.readableBytes(), needed);
        return null;
    }

    private @Nullable ByteBuf restOfFrame(ChannelHandlerContext ctx, ByteBuf in) {
        UnfinishedFrame frame = unfinished();
        int needed = neededBytes(ctx, frame.bytes());
        while (!isRejected && frame.bytes().readableBytes() < needed) {
            if (!in.isReadable()) {
                return null;
            }
            int missing = needed - frame.bytes().readableBytes();
            keep(ctx, in, Math.min(missing, in.readableBytes()), needed);
            needed = neededBytes(ctx, frame.bytes());
        }
        return isRejected ? null : frame.take();
    }

    /** How many bytes must be there to go on: up to the length, up to the header, up to the frame's end. */
    private int neededBytes(ChannelHandlerContext ctx, ByteBuf in) {
        if (in.readableBytes() < LENGTH_BYTES) {
            return LENGTH_BYTES;
        }
        int length = in.getUnsignedMedium(in.readerIndex());
        if (length > maxFrameBytes) {
            reject(
                    ctx,
                    Violation.OVERSIZED_FRAME,
                    rules.suspect("a frame of " + length + " bytes is larger than the limit of " + maxFrameBytes));
        } else if (length < FrameRules.HEADER_BYTES) {
            reject(ctx, Violation.BROKEN_FRAME, "a frame of " + length + " bytes is smaller than its header");
        } else if (in.readableBytes() >= HEADER_BYTES) {
            rejectIfFlawed(ctx, rules.flawOfHeader(in, in.readerIndex() + LENGTH_BYTES));
            return LENGTH_BYTES + length;
        }
        return HEADER_BYTES;
    }

    private void rejectIfFlawed(ChannelHandlerContext ctx, @Nullable String flaw) {
        if (flaw != null) {
            reject(ctx, Violation.BROKEN_FRAME, flaw);
        }
    }

    private void keep(ChannelHandlerContext ctx, ByteBuf in, int count, int frameBytes) {
        long now = ctx.executor().ticker().nanoTime();
        unfinished().add(ctx.alloc(), in, count, frameBytes, now);
        if (frameTimeout != null && timer == null) {
            timer = ctx.executor()
                    .schedule(() -> onTimer(ctx, frameTimeout), frameTimeout.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** One timer a connection runs on over the frames that become whole in time. */
    private void onTimer(ChannelHandlerContext ctx, Duration timeout) {
        timer = null;
        UnfinishedFrame frame = unfinished();
        if (frame.isEmpty()) {
            return;
        }
        long leftNanos = timeout.toNanos() - (ctx.executor().ticker().nanoTime() - frame.startNanos());
        if (leftNanos > 0) {
            timer = ctx.executor().schedule(() -> onTimer(ctx, timeout), leftNanos, TimeUnit.NANOSECONDS);
        } else {
            rejectUnfinished(ctx, Violation.SLOW_FRAME);
        }
    }

    private void passOn(ChannelHandlerContext ctx, ByteBuf whole) {
        int wireBytes = whole.readableBytes();
        ByteBuf frame = whole.skipBytes(LENGTH_BYTES);
        String flaw = rules.flawOfBody(frame);
        if (flaw != null) {
            frame.release();
            reject(ctx, Violation.BROKEN_FRAME, flaw);
            return;
        }
        rules.accepted();
        metrics.bytesIn.add(wireBytes);
        hasPassedOn = true;
        ctx.fireChannelRead(frame);
    }

    private void rejectUnfinished(ChannelHandlerContext ctx, Violation violation) {
        UnfinishedFrame frame = unfinished();
        if (!frame.isEmpty()) {
            int size = frame.bytes().readableBytes();
            reject(
                    ctx,
                    violation,
                    violation == Violation.SLOW_FRAME
                            ? size + " bytes of a frame came, but not all of it in " + frameTimeout
                            : "others need the room of the " + size + " bytes that came of an unfinished frame");
        }
    }

    private void reject(ChannelHandlerContext ctx, Violation violation, String reason) {
        if (!isRejected) {
            isRejected = true;
            violations.closing(ctx.channel().remoteAddress(), violation, reason);
            unfinished().release();
            ctx.close();
        }
    }

    /** Reactor Netty reads when what was read has been taken; what came to no frame nobody takes. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!hasPassedOn && !ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
        hasPassedOn = false;
        ctx.fireChannelReadComplete();
    }
}
