package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What has come of a frame that is not whole, with its length field. It takes at most twice the memory of what has come,
 * whatever length was announced, and counts that in the {@link InboundBudget}. Belongs to an event loop; {@link #cost}
 * and {@link #giveUp} are for the budget, on any thread.
 */
final class UnfinishedFrame {

    private static final int MIN_BYTES = 256;

    private final InboundBudget budget;
    private final Runnable onGivenUp;
    private @Nullable ByteBuf bytes;
    private volatile long startNanos;

    private int heldBytes; // guarded by this
    private int leavingBytes; // guarded by this
    private boolean isGivenUp; // guarded by this

    /** @param onGivenUp ends the connection; called at most once, on any thread, and has to be quick */
    UnfinishedFrame(InboundBudget budget, Runnable onGivenUp) {
        this.budget = budget;
        this.onGivenUp = onGivenUp;
    }

    boolean isEmpty() {
        return bytes == null;
    }

    /** What has come; not empty. The buffer stays this frame's own. */
    ByteBuf bytes() {
        assert bytes != null;
        return bytes;
    }

    /** When the first of the bytes came. */
    long startNanos() {
        return startNanos;
    }

    /**
     * Takes bytes over.
     *
     * @param count how many of what can be read
     * @param frameBytes how many the whole frame has, as far as is known
     */
    void add(ByteBufAllocator allocator, ByteBuf from, int count, int frameBytes, long nowNanos) {
        if (bytes == null) {
            startNanos = nowNanos;
        }
        ByteBuf roomy = withRoom(allocator, count, frameBytes, nowNanos);
        roomy.writeBytes(from, count);
        bytes = roomy;
    }

    private ByteBuf withRoom(ByteBufAllocator allocator, int count, int frameBytes, long nowNanos) {
        ByteBuf before = bytes;
        int size = count + (before == null ? 0 : before.readableBytes());
        if (before != null && before.capacity() >= size) {
            return before;
        }
        int capacity = Math.max(size, Math.min(frameBytes, Math.max(MIN_BYTES, 2 * size)));
        ByteBuf larger = allocator.directBuffer(capacity, capacity);
        hold(capacity, nowNanos);
        if (before != null) {
            larger.writeBytes(before);
            before.release();
        }
        return larger;
    }

    private void hold(int capacity, long nowNanos) {
        int more;
        synchronized (this) {
            more = capacity - heldBytes;
            heldBytes = capacity;
        }
        budget.take(more, nowNanos);
    }

    /** Gives the buffer away; nothing has come then. */
    ByteBuf take() {
        ByteBuf whole = bytes();
        bytes = null;
        let();
        return whole;
    }

    /** Forgets what has come. */
    void release() {
        if (bytes != null) {
            take().release();
        }
    }

    private void let() {
        int held;
        int leaving;
        synchronized (this) {
            held = heldBytes;
            leaving = leavingBytes;
            heldBytes = 0;
            leavingBytes = 0;
            isGivenUp = false; // it may have come whole after all
        }
        budget.giveBack(held, leaving);
    }

    /** Bytes times nanoseconds; 0 if there is nothing, or it is going already. */
    synchronized double cost(long nowNanos) {
        return heldBytes == 0 || isGivenUp ? 0 : (double) heldBytes * Math.max(1, nowNanos - startNanos);
    }

    /** Ends the connection, and counts what it holds as leaving. */
    void giveUp(AtomicLong leaving) {
        synchronized (this) {
            isGivenUp = true;
            leavingBytes = heldBytes;
            leaving.addAndGet(leavingBytes);
        }
        onGivenUp.run();
    }
}
