package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.rsocket.frame.FrameLengthCodec;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the stream of bytes into RSocket frames, and closes the connection on the first that can't be one.
 *
 * <pre>
 * length   uint24   of what follows
 * frame    stream id int32 (highest bit 0) | type uint6, flags uint10 | …
 * </pre>
 *
 * <p>A frame is judged by its first nine bytes, before anything is kept for the rest of it. RSocket itself answers a
 * frame that is too large with a connection that nobody reads any more, and some malformed ones with an exception that
 * nobody catches. Reassembly of fragments has no bound over all streams, so fragments are refused too.
 *
 * <p>The frames that it hands on are slices of what was read from the socket. Nobody may read them off the event loop by
 * methods that use a buffer's internal NIO view; see the package's description.
 */
final class FrameDecoder extends ByteToMessageDecoder {

    private static final Logger LOG = LoggerFactory.getLogger(FrameDecoder.class);

    private static final int LENGTH_BYTES = FrameLengthCodec.FRAME_LENGTH_SIZE;
    private static final int HEADER_BYTES = 6;

    private final int maxFrameBytes;
    private final TransportMetrics metrics;
    private boolean expectsSetup;

    /**
     * A decoder for one connection.
     *
     * @param expectsSetup whether the first frame must be SETUP, as on a server
     */
    FrameDecoder(int maxFrameBytes, boolean expectsSetup, TransportMetrics metrics) {
        this.maxFrameBytes = maxFrameBytes;
        this.expectsSetup = expectsSetup;
        this.metrics = metrics;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < LENGTH_BYTES) {
            return;
        }
        int length = in.getUnsignedMedium(in.readerIndex());
        if (length > maxFrameBytes) {
            String reason = "a frame of " + length + " bytes is larger than the limit of " + maxFrameBytes;
            reject(ctx, in, metrics.oversizeClosed, expectsSetup ? reason + ", or this is not RSocket" : reason);
        } else if (length < HEADER_BYTES) {
            reject(ctx, in, metrics.garbageClosed, "a frame of " + length + " bytes is smaller than its header");
        } else if (in.readableBytes() >= LENGTH_BYTES + HEADER_BYTES) {
            decodeFrame(ctx, in, length, out);
        }
    }

    private void decodeFrame(ChannelHandlerContext ctx, ByteBuf in, int length, List<Object> out) {
        int streamId = in.getInt(in.readerIndex() + LENGTH_BYTES);
        int typeAndFlags = in.getUnsignedShort(in.readerIndex() + LENGTH_BYTES + Integer.BYTES);
        String flaw = FrameRules.flawOf(streamId, typeAndFlags, expectsSetup);
        if (flaw != null) {
            reject(ctx, in, metrics.garbageClosed, flaw);
        } else if (in.readableBytes() >= LENGTH_BYTES + length) {
            expectsSetup = false;
            metrics.bytesIn.add(LENGTH_BYTES + length);
            in.skipBytes(LENGTH_BYTES);
            out.add(in.readRetainedSlice(length));
        }
    }

    private static void reject(ChannelHandlerContext ctx, ByteBuf in, LongAdder counter, String reason) {
        counter.increment();
        LOG.warn("Closing the connection with {}: {}", ctx.channel().remoteAddress(), reason);
        in.skipBytes(in.readableBytes());
        ctx.close();
    }
}
