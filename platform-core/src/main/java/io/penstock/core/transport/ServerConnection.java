package io.penstock.core.transport;

import io.netty.buffer.ByteBufAllocator;
import java.net.SocketAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** One client's connection as the server's handlers see it. Safe for any thread. */
public interface ServerConnection {

    /** A number that no other connection of this server has had, from 1. */
    long id();

    /** The client's address; of a local connection the name of the server. */
    SocketAddress remote();

    /** Whether the client is in the same JVM. What is sent to it is then consumed at once and never counted as unsent. */
    boolean isLocal();

    /** What the connection has reserved and unsent. Reserve here before reading bulk for this client. */
    OutboundWindow outbound();

    /** How long ago the last frame came from the client, a keep-alive too. */
    Duration silentFor();

    /** Where buffers for this connection's frames should come from. */
    ByteBufAllocator allocator();

    /**
     * Completes when the connection has ended and every frame that it had not sent is released. Hot: a late subscriber
     * gets the same. Signals on the connection's event loop, or for a local connection on the thread that closed it.
     */
    Mono<Void> onClose();

    /** Closes the connection now. Frames that the socket has not taken are released unsent. */
    void close();
}
