package io.penstock.core.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.record.CorruptBatchException.Reason;

/**
 * A forward cursor over the batches that follow each other in a region of a buffer. One flyweight is moved from batch
 * to batch; nothing is copied, retained or allocated. Looks at lengths only: whether a batch is sound says
 * {@link RecordBatch#ensureValid}. Not thread-safe.
 */
public final class Batches {

    private final RecordBatch batch = RecordBatch.at(Unpooled.EMPTY_BUFFER, 0);
    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private int next;
    private int end;

    /** Over nothing yet. */
    public Batches() {}

    /** Over a buffer's readable bytes. */
    public Batches(ByteBuf buffer) {
        this(buffer, buffer.readerIndex(), buffer.readableBytes());
    }

    /** Over a region of a buffer. */
    public Batches(ByteBuf buffer, int index, int length) {
        reset(buffer, index, length);
    }

    /** Starts again, over another region. */
    public void reset(ByteBuf newBuffer, int index, int length) {
        if (index < 0 || length < 0 || length > newBuffer.writerIndex() - index) {
            throw new IndexOutOfBoundsException(
                    "index " + index + ", length " + length + " in a buffer of " + newBuffer.writerIndex() + " bytes");
        }
        buffer = newBuffer;
        next = index;
        end = index + length;
    }

    /**
     * Moves to the next whole batch.
     *
     * @return false if what remains, maybe nothing, is not a whole batch
     * @throws CorruptBatchException if the length in the next header is less than a header, so that nothing after it
     *     can be found
     */
    public boolean next() {
        if (end - next < RecordBatch.OVERHEAD) {
            return false;
        }
        batch.moveTo(buffer, next);
        int length = buffer.getInt(next + RecordBatch.LENGTH_AT);
        if (length < RecordBatch.OVERHEAD - RecordBatch.LOG_OVERHEAD) {
            throw batch.corrupt(Reason.BAD_LENGTH, "length " + length + " is less than a header's");
        }
        if (length > end - next - RecordBatch.LOG_OVERHEAD) {
            return false;
        }
        next += RecordBatch.LOG_OVERHEAD + length;
        return true;
    }

    /** The batch that {@link #next()} moved to; the same object every time. */
    public RecordBatch batch() {
        return batch;
    }

    /** The index after the current batch: once {@link #next()} said false, where a partial tail begins. */
    public int tailIndex() {
        return next;
    }

    /** The bytes after the current batch: once {@link #next()} said false, those of a partial tail. */
    public int tailBytes() {
        return end - next;
    }
}
