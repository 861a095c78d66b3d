package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.rsocket.DuplexConnection;
import io.rsocket.RSocketErrorException;
import io.rsocket.frame.FrameHeaderCodec;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.function.LongSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A connection that knows when it was last heard of, and whether it was ever asked for something. */
final class HeardConnection implements DuplexConnection {

    private final DuplexConnection connection;
    private final LongSupplier nanoTime;
    private volatile long heardNanos;
    private volatile boolean answering;
    private volatile long answeringSinceNanos;
    private volatile boolean asked;

    HeardConnection(DuplexConnection connection, LongSupplier nanoTime) {
        this.connection = connection;
        this.nanoTime = nanoTime;
        this.heardNanos = nanoTime.getAsLong();
    }

    /** How long ago the last frame came. */
    Duration silentFor() {
        return Duration.ofNanos(nanoTime.getAsLong() - heardNanos);
    }

    /** There is somebody to answer from now on. */
    void answers() {
        answeringSinceNanos = nanoTime.getAsLong();
        answering = true;
    }

    /**
     * How long nothing has been asked though there was somebody to answer; SETUP and keep-alives ask nothing. Zero once
     * something was.
     */
    Duration unaskedFor() {
        return answering && !asked ? Duration.ofNanos(nanoTime.getAsLong() - answeringSinceNanos) : Duration.ZERO;
    }

    @Override
    public Flux<ByteBuf> receive() {
        return connection.receive().doOnNext(this::onFrame);
    }

    private void onFrame(ByteBuf frame) {
        heardNanos = nanoTime.getAsLong();
        if (!asked) {
            asked = FrameHeaderCodec.streamId(frame) != 0;
        }
    }

    @Override
    public void sendFrame(int streamId, ByteBuf frame) {
        connection.sendFrame(streamId, frame);
    }

    @Override
    public void sendErrorAndClose(RSocketErrorException error) {
        connection.sendErrorAndClose(error);
    }

    @Override
    public ByteBufAllocator alloc() {
        return connection.alloc();
    }

    @Override
    public SocketAddress remoteAddress() {
        return connection.remoteAddress();
    }

    @Override
    public Mono<Void> onClose() {
        return connection.onClose();
    }

    @Override
    public void dispose() {
        connection.dispose();
    }

    @Override
    public boolean isDisposed() {
        return connection.isDisposed();
    }

    @Override
    public double availability() {
        return connection.availability();
    }

    @Override
    public String toString() {
        return connection.toString();
    }
}
