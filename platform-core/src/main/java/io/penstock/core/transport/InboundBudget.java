package io.penstock.core.transport;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What all connections of a server may hold of frames that have not come whole.
 *
 * <p>Nobody is made to wait: when the cap is reached, the connection whose unfinished frame has cost most, in bytes times
 * the time since the frame began, is given up. Peers that begin frames and do not end them come before one whose frame
 * is merely under way. Until the event loops of those that were given up have let go, more than the cap is held: what was read
 * in between.
 *
 * <p>Safe for any thread.
 */
final class InboundBudget {

    private final long totalBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong leavingBytes = new AtomicLong();
    private final Set<UnfinishedFrame> frames = ConcurrentHashMap.newKeySet();

    /** @param totalBytes 1 or more */
    InboundBudget(long totalBytes) {
        this.totalBytes = totalBytes;
    }

    /** What is held now, in bytes. */
    long usedBytes() {
        return usedBytes.get();
    }

    void add(UnfinishedFrame frame) {
        frames.add(frame);
    }

    void remove(UnfinishedFrame frame) {
        frames.remove(frame);
    }

    /** Counts bytes that a frame holds from now on, and makes room for them if there is none. */
    void take(int bytes, long nowNanos) {
        if (usedBytes.addAndGet(bytes) - leavingBytes.get() > totalBytes) {
            makeRoom(nowNanos);
        }
    }

    /**
     * Counts bytes out.
     *
     * @param leftBytes how many of them were counted as leaving
     */
    void giveBack(int bytes, int leftBytes) {
        leavingBytes.addAndGet(-leftBytes);
        long used = usedBytes.addAndGet(-bytes);
        assert used >= 0 : used;
    }

    private synchronized void makeRoom(long nowNanos) {
        while (usedBytes.get() - leavingBytes.get() > totalBytes) {
            UnfinishedFrame costliest = costliest(nowNanos);
            if (costliest == null) {
                return;
            }
            costliest.giveUp(leavingBytes);
        }
    }

    private @Nullable UnfinishedFrame costliest(long nowNanos) {
        UnfinishedFrame costliest = null;
        double highest = 0;
        for (UnfinishedFrame frame : frames) {
            double cost = frame.cost(nowNanos);
            if (cost > highest) {
                highest = cost;
                costliest = frame;
            }
        }
        return costliest;
    }
}
