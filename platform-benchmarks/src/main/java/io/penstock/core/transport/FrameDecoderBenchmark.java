package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.penstock.benchmarks.parts.PartBenchmark;
import io.rsocket.frame.FrameType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import org.slf4j.event.Level;

/**
 * What comes from a socket is cut into frames, each with an element of 256 KiB. An operation is a read of a socket, most of
 * which end inside of a frame.
 */
public class FrameDecoderBenchmark extends PartBenchmark {

    private static final int ELEMENT_BYTES = 256 << 10;
    private static final int FRAMES = 32;
    private static final int NEXT = 1 << 5;

    @Param({"65536", "1048576"})
    public int readBytes;

    private final EmbeddedChannel channel = new EmbeddedChannel(decoder());
    private final ByteBuf wire = ByteBufAllocator.DEFAULT.directBuffer();

    private static FrameDecoder decoder() {
        TransportMetrics metrics = new TransportMetrics();
        return new FrameDecoder(
                TransportLimits.DEFAULTS.maxFrameBytes(),
                FrameRules.ofClient(),
                new InboundBudget(Long.MAX_VALUE),
                null,
                new ViolationLog(metrics, System::nanoTime, Level.WARN),
                metrics);
    }

    @Setup
    public void write() {
        for (int i = 0; i < FRAMES; i++) {
            wire.writeMedium(FrameRules.HEADER_BYTES + ELEMENT_BYTES).writeInt(1);
            wire.writeShort(FrameType.PAYLOAD.getEncodedType() << 10 | NEXT).writeZero(ELEMENT_BYTES);
        }
    }

    @TearDown
    public void close() {
        channel.finishAndReleaseAll();
        wire.release();
    }

    @Benchmark
    public void cut(Blackhole sink) {
        if (!wire.isReadable()) {
            wire.readerIndex(0);
        }
        channel.writeInbound(wire.readRetainedSlice(Math.min(readBytes, wire.readableBytes())));
        for (Object frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            sink.consume(frame);
            ReferenceCountUtil.release(frame);
        }
    }
}
