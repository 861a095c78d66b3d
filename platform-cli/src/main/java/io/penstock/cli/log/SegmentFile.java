package io.penstock.cli.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The batches of a {@code .log} file one after another, by their lengths. Only the header is read until the whole is
 * asked for, so a gigabyte is listed in a moment. Not thread-safe.
 */
final class SegmentFile implements AutoCloseable {

    /** Longer than any broker takes; a length beyond it is damage and not worth the memory. */
    private static final int MAX_BATCH_BYTES = 1 << 30;

    private final FileChannel channel;
    private final long size;
    private long position;
    private long nextPosition;
    private ByteBuf header = Unpooled.EMPTY_BUFFER;
    private String damage = "";

    SegmentFile(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
        size = channel.size();
    }

    /** Bytes of the file when it was opened. */
    long size() {
        return size;
    }

    /** Goes to the batch after this one; {@code false} at the end, and where {@link #damage} forbids to go on. */
    boolean next() throws IOException {
        return seek(nextPosition);
    }

    /** Goes to the batch that begins at a position. */
    boolean seek(long target) throws IOException {
        position = target;
        long left = size - position;
        if (left <= 0) {
            return false;
        }
        if (left < RecordBatch.OVERHEAD) {
            return refuse("the file ends within a batch's header: " + left + " bytes of it are there");
        }
        header = read(RecordBatch.OVERHEAD);
        RecordBatch batch = RecordBatch.at(header, 0);
        long length = Integer.toUnsignedLong(batch.sizeInBytes());
        if (batch.sizeInBytes() < RecordBatch.OVERHEAD || length > MAX_BATCH_BYTES) {
            return refuse("a batch's length can't be " + batch.sizeInBytes());
        }
        if (batch.magic() != RecordBatch.MAGIC) {
            return refuse("no batch of format 2 begins here: magic is " + batch.magic());
        }
        if (length > left) {
            return refuse("the file ends within a batch: " + left + " of " + length + " bytes of it are there");
        }
        nextPosition = position + length;
        return true;
    }

    /** Where the batch begins in the file. */
    long position() {
        return position;
    }

    /** The header alone; valid until the next move. */
    RecordBatch batch() {
        return RecordBatch.at(header, 0);
    }

    /** The whole batch, read anew into a buffer on the heap. */
    ByteBuf whole() throws IOException {
        return read(batch().sizeInBytes());
    }

    /** Why there is no next batch although the file goes on; empty at its end. */
    String damage() {
        return damage;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private boolean refuse(String why) {
        damage = why;
        return false;
    }

    private ByteBuf read(int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        while (target.hasRemaining() && channel.read(target, position + target.position()) >= 0) {
            // a read may give less than was asked for
        }
        return Unpooled.wrappedBuffer(target.flip());
    }
}
