package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.rsocket.exceptions.ConnectionErrorException;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.KeepAliveFrameCodec;
import io.rsocket.frame.PayloadFrameCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;
import reactor.netty.Connection;

/** One connection on a channel whose event loop, writability and promises the test controls. */
class TcpFrameConnectionTest {

    private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;

    private final LeakProbe leaks = new LeakProbe();
    private final OutboundBudget budget = new OutboundBudget(1 << 20);
    private final OutboundWindow window = new OutboundWindow(budget, 1 << 20);
    private final TransportMetrics metrics = new TransportMetrics();
    private final SlowSocket socket = new SlowSocket();
    private final EmbeddedChannel channel = new EmbeddedChannel(socket);
    private final TcpFrameConnection connection =
            TcpFrameConnection.open(Connection.from(channel), decoder(), window, 1_000_000, violations(), metrics);

    private ViolationLog violations() {
        return new ViolationLog(metrics, () -> 0, Level.WARN);
    }

    private FrameDecoder decoder() {
        return new FrameDecoder(
                1 << 20, FrameRules.ofServer(), new InboundBudget(1 << 20), null, violations(), metrics);
    }

    @AfterEach
    void endWithoutLeaks() {
        channel.close();
        channel.runPendingTasks();
        socket.fail();
        channel.releaseOutbound();
        assertThat(window.heldBytes()).isZero();
        assertThat(budget.usedBytes()).isZero();
        leaks.assertNone();
    }

    private static ByteBuf bulk(int streamId, int bytes) {
        return PayloadFrameCodec.encode(
                ALLOCATOR, streamId, false, false, true, null, TransportFixture.direct(bytes, streamId));
    }

    private static ByteBuf keepAlive() {
        return KeepAliveFrameCodec.encode(ALLOCATOR, true, 0, ALLOCATOR.directBuffer(0));
    }

    /** FINDINGS 3: a KEEPALIVE behind bulk makes a slow link look dead. Fails without the queue of its own. */
    @Test
    void framesOfStreamZeroOvertakeBulkThatIsNotWrittenYet() {
        for (int i = 0; i < 10; i++) {
            connection.sendFrame(1, bulk(1, 1_000));
        }
        connection.sendFrame(0, keepAlive());
        channel.runPendingTasks();

        assertThat(socket.takeFrameTypes())
                .hasSize(11)
                .startsWith(FrameType.KEEPALIVE, FrameType.NEXT)
                .endsWith(FrameType.NEXT);
    }

    @Test
    void writesNothingWhileTheChannelIsFullAndGoesOnWhenItHasRoom() {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        connection.sendFrame(1, bulk(1, 1_000));
        channel.runPendingTasks();
        assertThat(socket.takeFrameTypes()).isEmpty();

        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        channel.runPendingTasks();

        assertThat(socket.takeFrameTypes()).containsExactly(FrameType.NEXT);
    }

    /** FINDINGS 13. */
    @Test
    void flushesOnceForAllFramesOfAPass() {
        for (int i = 0; i < 100; i++) {
            connection.sendFrame(1, bulk(1, 10));
        }
        channel.runPendingTasks();

        assertThat(socket.flushes).isEqualTo(1);
        assertThat(socket.takeFrameTypes()).hasSize(100);
    }

    @Test
    void countsAFrameFromSendingUntilTheSocketHasIt() {
        ByteBuf frame = bulk(1, 1_000);
        int wireBytes = frame.readableBytes() + 3;

        connection.sendFrame(1, frame);
        assertThat(window.heldBytes()).isEqualTo(wireBytes);
        channel.runPendingTasks();
        assertThat(window.heldBytes()).as("written, but not by the socket").isEqualTo(wireBytes);
        assertThat(metrics.bytesOut()).isZero();

        socket.complete();
        assertThat(window.heldBytes()).isZero();
        assertThat(metrics.bytesOut()).isEqualTo(wireBytes);
    }

    /** FINDINGS 11: a heap component, or a frame put together anew, makes Netty copy all of it. */
    @Test
    void handsBulkToTheChannelWithoutACopy() {
        ByteBuf header = TransportFixture.direct(40, 1);
        ByteBuf batch = TransportFixture.direct(100_000, 2);
        long batchAddress = batch.memoryAddress();
        ByteBuf element = ALLOCATOR.compositeDirectBuffer(2).addComponents(true, header, batch);
        ByteBuf frame = PayloadFrameCodec.encode(ALLOCATOR, 1, false, false, true, null, element);

        connection.sendFrame(1, frame);
        channel.runPendingTasks();

        assertThat(socket.written).hasSize(2);
        ByteBuf length = socket.written.get(0);
        assertThat(length.isDirect()).isTrue();
        assertThat(length.readableBytes()).isEqualTo(3);
        ByteBuf body = socket.written.get(1);
        assertThat(body).isSameAs(frame);
        assertThat(body.isDirect()).as("no component on the heap").isTrue();
        assertThat(io.netty.buffer.Unpooled.wrappedBuffer(body.nioBuffers()[body.nioBufferCount() - 1])
                        .memoryAddress())
                .as("the batch is where it was")
                .isEqualTo(batchAddress);
    }

    @Test
    void releasesWhatIsQueuedAndWhatComesLaterWhenTheChannelCloses() {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        ByteBuf queued = bulk(1, 1_000);
        connection.sendFrame(1, queued);
        connection.sendFrame(0, keepAlive());
        channel.runPendingTasks();

        channel.close();
        channel.runPendingTasks();

        assertThat(queued.refCnt()).isZero();
        assertThat(window.heldBytes()).isZero();
        assertThat(window.isClosed()).isTrue();
        ByteBuf late = bulk(1, 1_000);
        connection.sendFrame(1, late);
        channel.runPendingTasks();
        assertThat(late.refCnt()).isZero();
        assertThat(connection.isDisposed()).isTrue();
        connection.onClose().block(TransportFixture.PATIENCE);
    }

    @Test
    void countsNothingTwiceWhenTheChannelClosesUnderAWrite() {
        connection.sendFrame(1, bulk(1, 1_000));
        channel.runPendingTasks();

        channel.close();
        channel.runPendingTasks();
        assertThat(window.heldBytes()).as("Netty still has it").isPositive();
        socket.fail();

        assertThat(window.heldBytes()).isZero();
    }

    @Test
    void anErrorIsTheLastFrameAndComesBeforeTheBulkThatTheSocketCanNotTake() {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        connection.sendFrame(1, bulk(1, 1_000));
        connection.sendErrorAndClose(new ConnectionErrorException("the end"));
        connection.sendFrame(1, bulk(1, 1_000));
        channel.runPendingTasks();

        assertThat(socket.written).singleElement().satisfies(wire -> {
            ByteBuf error = wire.slice(3, wire.readableBytes() - 3);
            assertThat(FrameHeaderCodec.frameType(error)).isEqualTo(FrameType.ERROR);
            assertThat(ErrorFrameCodec.dataUtf8(error)).isEqualTo("the end");
        });
        assertThat(channel.isOpen()).as("until the peer has had it").isTrue();
        socket.complete();
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    /** Answers are not reserved; a peer that asks and does not read is given up before they fill the memory. */
    @Test
    void givesUpAPeerThatLeavesItsAnswersUnread() {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        for (int i = 0; i < 11; i++) {
            connection.sendFrame(1, bulk(1, 100_000));
        }
        channel.runPendingTasks();

        assertThat(channel.isOpen()).isFalse();
        assertThat(metrics.closed(Violation.UNREAD_ANSWERS)).isEqualTo(1);
        assertThat(window.heldBytes()).isZero();
    }

    /** Takes what is written, and leaves its promises open until it is told. */
    private static final class SlowSocket extends ChannelOutboundHandlerAdapter {

        final List<ByteBuf> written = new ArrayList<>();
        final Queue<ChannelPromise> promises = new ArrayDeque<>();
        int flushes;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            written.add((ByteBuf) message);
            promises.add(promise);
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {
            flushes++;
        }

        /** What kinds of frames were written, in order. */
        List<FrameType> takeFrameTypes() {
            ByteBuf wire = ALLOCATOR.buffer();
            written.forEach(part -> wire.writeBytes(part, part.readerIndex(), part.readableBytes()));
            List<FrameType> types = new ArrayList<>();
            while (wire.isReadable()) {
                types.add(FrameHeaderCodec.frameType(wire.readSlice(wire.readUnsignedMedium())));
            }
            wire.release();
            complete();
            return types;
        }

        void complete() {
            release();
            promises.forEach(ChannelPromise::setSuccess);
            promises.clear();
        }

        void fail() {
            release();
            promises.forEach(promise -> promise.tryFailure(new java.nio.channels.ClosedChannelException()));
            promises.clear();
        }

        private void release() {
            written.forEach(ByteBuf::release);
            written.clear();
        }
    }
}
