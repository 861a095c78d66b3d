package io.penstock.core.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.MeteredAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Guards the rule that bytes which the event loop may still be adding to are read through views of one's own: a
 * buffer's internal NIO view is shared with the loop's reads from the socket, and gives other bytes than it should
 * when both use it. Fails when CRC, cursor, codecs, validation or builder use {@code internalNioBuffer} or the
 * transfers to channels that rest on it.
 */
class SharedFrameTest {

    private static final int FRAME_BYTES = 1 << 20;
    private static final int BATCH_AT = 100;

    private final MeteredAllocator allocator = new MeteredAllocator();
    private final RecordCursor cursor = new RecordCursor(allocator, BatchLimits.DEFAULTS);
    private final BatchValidation validation = new BatchValidation(allocator);

    @AfterEach
    void nothingIsLeftAllocated() {
        assertThat(allocator.heldBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void theInternalViewIsNeverAskedFor(Compression codec) {
        GuardedFrame frame = new GuardedFrame();
        putBatch(frame, codec);
        frame.guarded = true;
        readEverything(frame.slice(BATCH_AT, FRAME_BYTES - BATCH_AT), 0);
        readEverything(frame, BATCH_AT);
        assertThatThrownBy(() -> frame.internalNioBuffer(0, 1)).isInstanceOf(AssertionError.class);
        frame.release();
    }

    @Test
    void batchesAreReadRightWhileTheLoopFillsTheRestOfTheFrame() throws Exception {
        ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer(FRAME_BYTES, FRAME_BYTES);
        putBatch(frame, Compression.NONE);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService loop = Executors.newSingleThreadExecutor();
        Future<?> filling = loop.submit(() -> fillUntil(done, frame));
        try {
            RecordBatch batch = RecordBatch.at(frame, BATCH_AT);
            for (int i = 0; i < 20_000; i++) {
                batch.ensureValid(BatchLimits.DEFAULTS);
            }
            for (int i = 0; i < 20; i++) {
                readEverything(frame, BATCH_AT);
            }
        } finally {
            done.set(true);
            loop.shutdown();
            assertThat(loop.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
            frame.release();
        }
        filling.get();
    }

    private static Void fillUntil(AtomicBoolean done, ByteBuf frame) throws IOException {
        Zeros socket = new Zeros();
        while (!done.get()) {
            frame.setBytes(FRAME_BYTES / 2, socket, FRAME_BYTES / 4);
        }
        return null;
    }

    private static void putBatch(ByteBuf frame, Compression codec) {
        ByteBuf batch = TestBatches.batch()
                .compression(codec)
                .record(TestBatches.FIRST_TIMESTAMP, "k", "v", RecordHeaders.EMPTY.add("header", new byte[50]))
                .records(50, 100)
                .build();
        frame.setBytes(BATCH_AT, batch.nioBuffer());
        frame.writerIndex(BATCH_AT + batch.readableBytes());
        batch.release();
    }

    private static byte @Nullable [] bytes(RecordCursor cursor, int index, int length) {
        return length < 0 ? null : ByteBufUtil.getBytes(cursor.buffer(), index, length);
    }

    private void readEverything(ByteBuf frame, int index) {
        RecordBatch batch = RecordBatch.at(frame, index);
        batch.ensureValid(BatchLimits.DEFAULTS);
        validation.validate(batch, BatchRules.DEFAULTS, TestBatches.FIRST_TIMESTAMP);
        RecordBatchBuilder copy = new RecordBatchBuilder(allocator, Compression.NONE, 0, 8 << 10);
        cursor.open(frame, index);
        while (cursor.next()) {
            copy.append(
                    cursor.timestamp(),
                    bytes(cursor, cursor.keyIndex(), cursor.keyLength()),
                    bytes(cursor, cursor.valueIndex(), cursor.valueLength()),
                    cursor.headers());
        }
        cursor.close();
        ByteBuf copied = copy.build();
        assertThat(RecordBatch.at(copied, 0).recordCount()).isEqualTo(51);
        if (batch.compression() == Compression.NONE) {
            assertThat(RecordBatch.at(copied, 0).crc()).isEqualTo(batch.crc());
        }
        copied.release();
    }

    /** A buffer that, once guarded, takes every use of its internal view for a bug. */
    private static final class GuardedFrame extends UnpooledDirectByteBuf {

        private boolean guarded;

        GuardedFrame() {
            super(ByteBufAllocator.DEFAULT, FRAME_BYTES, FRAME_BYTES);
        }

        @Override
        public ByteBuffer internalNioBuffer(int index, int length) {
            if (guarded) {
                throw new AssertionError("the internal NIO view belongs to the event loop");
            }
            return super.internalNioBuffer(index, length);
        }

        @Override
        public int getBytes(int index, GatheringByteChannel out, int length) {
            throw new AssertionError("a transfer to a channel uses the internal NIO view");
        }

        @Override
        public int readBytes(GatheringByteChannel out, int length) {
            throw new AssertionError("a transfer to a channel uses the internal NIO view");
        }
    }

    /** A socket that always has zeros. */
    private static final class Zeros implements ScatteringByteChannel {

        @Override
        public int read(ByteBuffer target) {
            int bytes = target.remaining();
            while (target.remaining() >= Long.BYTES) {
                target.putLong(0);
            }
            target.position(target.limit());
            return bytes;
        }

        @Override
        public long read(ByteBuffer[] targets) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
