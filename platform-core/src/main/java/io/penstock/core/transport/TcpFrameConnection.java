package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.rsocket.DuplexConnection;
import io.rsocket.RSocketErrorException;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.FrameLengthCodec;
import java.net.SocketAddress;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.Connection;
import reactor.util.concurrent.Queues;

/**
 * An RSocket connection over one TCP channel.
 *
 * <p>Frames wait in two queues, and are written on the channel's event loop while the channel is writable, those of
 * stream 0 first. So a KEEPALIVE has at most the channel's high water mark before it, however much bulk is queued. All
 * frames of one pass share a flush. Every frame is counted in the {@link OutboundWindow} from {@link #sendFrame} until
 * the socket has it or the connection lost it.
 *
 * <p>{@link #sendFrame}, {@link #dispose} and {@link #sendErrorAndClose} are safe for any thread; everything else
 * happens on the event loop.
 */
final class TcpFrameConnection implements DuplexConnection {

    /** A frame up to this size is copied behind its length field: cheaper than one more buffer to gather. */
    private static final int COPIED_FRAME_BYTES = 512;

    private static final int LENGTH_BYTES = FrameLengthCodec.FRAME_LENGTH_SIZE;

    /** How long a peer has to read what was sent before its connection was ended. */
    private static final long LINGER_SECONDS = 3;

    private final Connection connection;
    private final Channel channel;
    private final OutboundWindow window;
    private final long ceilingBytes;
    private final ViolationLog violations;
    private final TransportMetrics metrics;

    private final Queue<ByteBuf> urgent =
            Queues.<ByteBuf>unboundedMultiproducer().get();
    private final Queue<ByteBuf> bulk = Queues.<ByteBuf>unboundedMultiproducer().get();
    private final AtomicBoolean isDrainScheduled = new AtomicBoolean();
    private final AtomicBoolean isEnding = new AtomicBoolean();
    private final Sinks.Empty<Void> closed = Sinks.empty();

    /** Set on the event loop; from then on frames are released, not written, and what comes in is passed over. */
    private volatile boolean isShut;

    private TcpFrameConnection(
            Connection connection,
            OutboundWindow window,
            long ceilingBytes,
            ViolationLog violations,
            TransportMetrics metrics) {
        this.connection = connection;
        this.channel = connection.channel();
        this.window = window;
        this.ceilingBytes = ceilingBytes;
        this.violations = violations;
        this.metrics = metrics;
    }

    /**
     * Puts RSocket's framing on a channel that was just opened. Called on its event loop.
     *
     * @param ceilingBytes the unsent bytes at which the connection is given up
     */
    static TcpFrameConnection open(
            Connection connection,
            FrameDecoder decoder,
            OutboundWindow window,
            long ceilingBytes,
            ViolationLog violations,
            TransportMetrics metrics) {
        TcpFrameConnection self = new TcpFrameConnection(connection, window, ceilingBytes, violations, metrics);
        connection.addHandlerLast(decoder);
        connection.addHandlerLast(self.new WritabilityHandler());
        window.onGivenUp(self::giveUp);
        self.channel.closeFuture().addListener(future -> self.onChannelClosed());
        return self;
    }

    @Override
    public void sendFrame(int streamId, ByteBuf frame) {
        long unsentBytes = window.sent(wireBytes(frame));
        (streamId == 0 ? urgent : bulk).add(frame);
        scheduleDrain();
        if (unsentBytes > ceilingBytes) {
            overrun();
        }
    }

    private void scheduleDrain() {
        if (isDrainScheduled.compareAndSet(false, true)) {
            try {
                channel.eventLoop().execute(this::drain);
            } catch (RejectedExecutionException loopHasEnded) {
                isShut = true; // the flag that we hold makes this thread the only one
                drain();
            }
        }
    }

    private void drain() {
        isDrainScheduled.set(false);
        if (isShut) {
            releaseQueued();
            return;
        }
        boolean isWritten = false;
        while (channel.isWritable()) {
            ByteBuf frame = urgent.poll();
            if (frame == null) {
                frame = bulk.poll();
            }
            if (frame == null) {
                break;
            }
            write(frame);
            isWritten = true;
        }
        if (isWritten) {
            channel.flush();
        }
    }

    private ChannelFuture write(ByteBuf frame) {
        int frameBytes = frame.readableBytes();
        ChannelFuture written;
        if (frameBytes <= COPIED_FRAME_BYTES) {
            ByteBuf copy = channel.alloc().directBuffer(LENGTH_BYTES + frameBytes);
            copy.writeMedium(frameBytes).writeBytes(frame);
            frame.release();
            written = channel.write(copy);
        } else {
            channel.write(channel.alloc().directBuffer(LENGTH_BYTES).writeMedium(frameBytes));
            written = channel.write(frame);
        }
        return written.addListener(future -> onWritten(LENGTH_BYTES + frameBytes, future.isSuccess()));
    }

    private void onWritten(int bytes, boolean isSuccess) {
        if (isSuccess) {
            metrics.bytesOut.add(bytes);
        }
        window.released(bytes);
    }

    private void overrun() {
        if (isEnding.compareAndSet(false, true)) {
            violations.closing(
                    channel.remoteAddress(),
                    Violation.UNREAD_ANSWERS,
                    "it leaves more than " + ceilingBytes + " bytes of answers unread");
            onLoop(channel::close);
        }
    }

    private void giveUp() {
        if (isEnding.compareAndSet(false, true)) {
            violations.closing(
                    channel.remoteAddress(),
                    Violation.STALLED,
                    "it reads nothing, and others need the " + window.heldBytes() + " bytes that it holds");
            onLoop(channel::close);
        }
    }

    /** Writes what the socket takes now, then the error, and closes when the peer has had it. */
    @Override
    public void sendErrorAndClose(RSocketErrorException error) {
        if (isEnding.compareAndSet(false, true)) {
            onLoop(() -> endAfter(() -> {
                ByteBuf frame = ErrorFrameCodec.encode(channel.alloc(), 0, error);
                window.sent(wireBytes(frame));
                return write(frame);
            }));
        }
    }

    private void endAfter(Supplier<ChannelFuture> lastWrite) {
        if (isShut) {
            return;
        }
        drain();
        isShut = true;
        releaseQueued();
        lastWrite.get().addListener(future -> shutOutput());
        channel.flush();
        channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Closing at once while the peer still sends would make the kernel answer with a reset, which can overtake what
     * was sent last: so only our direction is shut, and the peer closes when it sees that.
     */
    private void shutOutput() {
        if (channel.isActive() && channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }

    /** Writes what the socket takes now, and closes when the peer has had it. */
    @Override
    public void dispose() {
        onLoop(() -> endAfter(() -> channel.write(Unpooled.EMPTY_BUFFER)));
    }

    private void onLoop(Runnable task) {
        try {
            channel.eventLoop().execute(task);
        } catch (RejectedExecutionException loopHasEnded) {
            task.run(); // nothing runs beside it any more
        }
    }

    private void onChannelClosed() {
        isShut = true;
        window.close();
        releaseQueued();
        onLoop(closed::tryEmitEmpty); // after the channel has failed, and so released, what it had not flushed
    }

    private void releaseQueued() {
        release(urgent);
        release(bulk);
    }

    private void release(Queue<ByteBuf> queue) {
        for (ByteBuf frame = queue.poll(); frame != null; frame = queue.poll()) {
            int bytes = wireBytes(frame);
            frame.release();
            window.released(bytes);
        }
    }

    private static int wireBytes(ByteBuf frame) {
        return LENGTH_BYTES + frame.readableBytes();
    }

    @Override
    public Flux<ByteBuf> receive() {
        return connection.inbound().receive().filter(frame -> !isShut);
    }

    @Override
    public ByteBufAllocator alloc() {
        return channel.alloc();
    }

    @Override
    public SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    @Override
    public boolean isDisposed() {
        return isShut || !channel.isActive();
    }

    @Override
    public Mono<Void> onClose() {
        return closed.asMono();
    }

    @Override
    public String toString() {
        return "TcpFrameConnection[" + channel + "]";
    }

    /** Goes on where {@link #drain} stopped for a full channel. */
    private final class WritabilityHandler extends ChannelInboundHandlerAdapter {

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                drain();
            }
            ctx.fireChannelWritabilityChanged();
        }
    }
}
