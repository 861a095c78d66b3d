package io.penstock.client.consumer;

import io.netty.buffer.ByteBuf;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordBatch;
import io.rsocket.Payload;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A slice of whole batches as it was received. Its bytes are a part of a frame whose rest the event loop may still be
 * filling, so they are read by absolute gets only. Lives until its last holder has released it.
 */
final class ReceivedElement {

    private final Payload payload;
    private final ByteBuf data;
    private final FetchHeader header;
    private final Batches batches;
    private final int sizeInBytes;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** Takes the payload over. */
    ReceivedElement(Payload payload, ByteBuf data, FetchHeader header) {
        this.payload = payload;
        this.data = data;
        this.header = header;
        this.sizeInBytes = data.readableBytes();
        int start = data.readerIndex() + FetchElementCodec.HEADER_BYTES;
        this.batches = new Batches(data, start, data.writerIndex() - start);
    }

    ByteBuf data() {
        return data;
    }

    FetchHeader header() {
        return header;
    }

    int sizeInBytes() {
        return sizeInBytes;
    }

    /** Moves to the next batch; false after the last. */
    boolean next() {
        return batches.next();
    }

    /** Whether bytes follow the batch. */
    boolean hasMore() {
        return batches.tailBytes() > 0;
    }

    RecordBatch batch() {
        return batches.batch();
    }

    void retain() {
        holders.incrementAndGet();
    }

    /** Lets go; true if that was the last holder, and the bytes are given back. */
    boolean release() {
        if (holders.decrementAndGet() != 0) {
            return false;
        }
        payload.release();
        return true;
    }
}
