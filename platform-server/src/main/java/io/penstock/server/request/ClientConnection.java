package io.penstock.server.request;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.transport.OutboundWindow;
import io.penstock.core.transport.ServerConnection;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A client's connection as the handlers see it, with the count of its open streams. Safe for any thread. */
public final class ClientConnection {

    private final ServerConnection connection;
    /** Room for what an RSocket frame has before its data. */
    static final int FRAME_OVERHEAD = 64;

    private final int maxStreams;
    private final int maxFrameBytes;
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger produceChannels = new AtomicInteger();

    /**
     * @param maxStreams how many streams and channels may be open at a time, 1 or more
     * @param maxFrameBytes the largest frame that may go to the client
     */
    public ClientConnection(ServerConnection connection, int maxStreams, int maxFrameBytes) {
        this.connection = connection;
        this.maxStreams = maxStreams;
        this.maxFrameBytes = maxFrameBytes;
    }

    /**
     * Counts a stream in; {@link #leave()} must follow.
     *
     * @throws PenstockException TOO_MANY_STREAMS; nothing is counted then
     */
    public void enter() {
        if (streams.incrementAndGet() > maxStreams) {
            streams.decrementAndGet();
            throw new PenstockException(
                    ErrorCode.TOO_MANY_STREAMS,
                    "the connection has " + maxStreams + " streams and channels open, and may have no more");
        }
    }

    /** Counts a stream out. */
    public void leave() {
        streams.decrementAndGet();
    }

    /**
     * Counts a produce channel in, which is counted as a stream, too; {@link #leaveProduceChannel()} must follow.
     *
     * @param max how many may be open at a time, 1 or more
     * @throws PenstockException TOO_MANY_STREAMS; nothing is counted then
     */
    void enterProduceChannel(int max) {
        if (produceChannels.incrementAndGet() > max) {
            produceChannels.decrementAndGet();
            throw new PenstockException(
                    ErrorCode.TOO_MANY_STREAMS,
                    "the connection has " + max + " produce channels open, and may have no more");
        }
    }

    /** Counts a produce channel out. */
    void leaveProduceChannel() {
        produceChannels.decrementAndGet();
    }

    /**
     * An answer as a payload.
     *
     * @throws PenstockException FRAME_TOO_LARGE if it does not fit a frame
     */
    public Payload encode(Verb verb, Object answer) {
        ByteBuf body = CborCodec.encode(allocator(), answer);
        int size = body.readableBytes();
        if (size > maxFrameBytes - FRAME_OVERHEAD) {
            body.release();
            throw new PenstockException(
                    ErrorCode.FRAME_TOO_LARGE,
                    "the answer to " + verb.route() + " has " + size + " bytes, and a frame at most " + maxFrameBytes
                            + "; ask for fewer topics at a time");
        }
        return ByteBufPayload.create(body);
    }

    /** How many streams and channels are open. */
    public int streams() {
        return streams.get();
    }

    /** Where the client is: the address of its host, or the name of the server that it shares a JVM with. */
    public String host() {
        return connection.remote() instanceof InetSocketAddress address
                ? address.getHostString()
                : connection.remote().toString();
    }

    /** How long ago the client was last heard of; its keep-alives count. */
    public Duration silentFor() {
        return connection.silentFor();
    }

    public OutboundWindow outbound() {
        return connection.outbound();
    }

    public ByteBufAllocator allocator() {
        return connection.allocator();
    }

    @Override
    public String toString() {
        return connection.toString();
    }
}
