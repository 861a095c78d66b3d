package io.penstock.core.transport;

import io.netty.buffer.ByteBufAllocator;
import java.net.SocketAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** A connection that a server has let in. */
record AcceptedConnection(long id, HeardConnection frames, OutboundWindow outbound, boolean isLocal)
        implements ServerConnection {

    @Override
    public SocketAddress remote() {
        return frames.remoteAddress();
    }

    @Override
    public Duration silentFor() {
        return frames.silentFor();
    }

    @Override
    public ByteBufAllocator allocator() {
        return frames.alloc();
    }

    @Override
    public Mono<Void> onClose() {
        return frames.onClose();
    }

    @Override
    public void close() {
        frames.dispose();
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(id);
    }

    @Override
    public String toString() {
        return "connection " + id + " with " + remote();
    }
}
