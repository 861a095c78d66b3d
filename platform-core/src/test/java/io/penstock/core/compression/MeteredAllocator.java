package io.penstock.core.compression;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/** An allocator that knows how much it has given out and not got back, and the most that ever was. For one thread. */
public final class MeteredAllocator extends AbstractByteBufAllocator {

    private long heldBytes;
    private long peakBytes;

    public MeteredAllocator() {
        super(true);
    }

    /** Bytes given out and not got back. */
    public long heldBytes() {
        return heldBytes;
    }

    /** The most that {@link #heldBytes()} has been since the last {@link #resetPeak()}. */
    public long peakBytes() {
        return peakBytes;
    }

    public void resetPeak() {
        peakBytes = heldBytes;
    }

    private void count(int bytes) {
        heldBytes += bytes;
        peakBytes = Math.max(peakBytes, heldBytes);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return new MeteredHeap(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return new MeteredDirect(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    private final class MeteredDirect extends UnpooledDirectByteBuf {

        MeteredDirect(int initialCapacity, int maxCapacity) {
            super(MeteredAllocator.this, initialCapacity, maxCapacity);
            count(initialCapacity);
        }

        @Override
        public ByteBuf capacity(int newCapacity) {
            int before = capacity();
            super.capacity(newCapacity);
            count(newCapacity - before);
            return this;
        }

        @Override
        protected void deallocate() {
            count(-capacity());
            super.deallocate();
        }
    }

    private final class MeteredHeap extends UnpooledHeapByteBuf {

        MeteredHeap(int initialCapacity, int maxCapacity) {
            super(MeteredAllocator.this, initialCapacity, maxCapacity);
            count(initialCapacity);
        }

        @Override
        public ByteBuf capacity(int newCapacity) {
            int before = capacity();
            super.capacity(newCapacity);
            count(newCapacity - before);
            return this;
        }

        @Override
        protected void deallocate() {
            count(-capacity());
            super.deallocate();
        }
    }
}
