package io.penstock.core.transport;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** The options of our TCP channels, the same on both sides. */
final class TcpOptions {

    private static final int KIB = 1 << 10;

    /** When a channel has room again, and when it is full: what a frame of stream 0 has to wait for at most. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(256 * KIB, 1024 * KIB);

    private TcpOptions() {}

    static TcpServer applyTo(TcpServer server) {
        return server.childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, readSize());
    }

    static TcpClient applyTo(TcpClient client) {
        return client.option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .option(ChannelOption.RECVBUF_ALLOCATOR, readSize());
    }

    /** Grows to reads of 1 MiB, so that a frame of 1 MiB comes in two; a quiet connection stays small. */
    private static RecvByteBufAllocator readSize() {
        return new AdaptiveRecvByteBufAllocator(1 * KIB, 16 * KIB, 1024 * KIB);
    }
}
