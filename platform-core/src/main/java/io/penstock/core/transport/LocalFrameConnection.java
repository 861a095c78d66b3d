package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.rsocket.DuplexConnection;
import io.rsocket.RSocketErrorException;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One end of a connection inside this JVM. RSocket's own is over only when both ends have let go of it, and its other
 * end may be nobody's: a client that gives up while it connects drops it. This one is over when it is disposed of, or
 * the other end is.
 */
final class LocalFrameConnection implements DuplexConnection {

    private final DuplexConnection end;
    private final Sinks.Empty<Void> closed = Sinks.empty();
    private final AtomicBoolean isReceived = new AtomicBoolean();
    private volatile boolean isOver;
    private volatile @Nullable Subscription inbound;

    LocalFrameConnection(DuplexConnection end) {
        this.end = end;
        end.onClose().subscribe(null, error -> over(), this::over);
    }

    @Override
    public void sendFrame(int streamId, ByteBuf frame) {
        end.sendFrame(streamId, frame);
    }

    @Override
    public void sendErrorAndClose(RSocketErrorException error) {
        end.sendErrorAndClose(error);
        over();
    }

    @Override
    public Flux<ByteBuf> receive() {
        isReceived.set(true);
        return end.receive().doOnSubscribe(this::onInbound).doOnTerminate(this::dispose);
    }

    private void onInbound(Subscription subscription) {
        inbound = subscription;
        if (isOver) {
            subscription.cancel();
        }
    }

    @Override
    public void dispose() {
        end.dispose();
        over();
    }

    /** What has come and was not received is released by the cancel. */
    private void over() {
        isOver = true;
        if (isReceived.compareAndSet(false, true)) {
            end.receive().doOnSubscribe(this::onInbound).subscribe();
        }
        Subscription subscription = inbound;
        if (subscription != null) {
            subscription.cancel();
        }
        closed.tryEmitEmpty();
    }

    @Override
    public boolean isDisposed() {
        return end.isDisposed();
    }

    @Override
    public Mono<Void> onClose() {
        return closed.asMono();
    }

    @Override
    public ByteBufAllocator alloc() {
        return end.alloc();
    }

    @Override
    public SocketAddress remoteAddress() {
        return end.remoteAddress();
    }
}
