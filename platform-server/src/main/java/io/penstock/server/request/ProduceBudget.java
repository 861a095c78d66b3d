package io.penstock.server.request;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of all batches that arrived at the broker and are not in a log yet, and those kept free for batches that may
 * come. Nothing is added once the limit is reached, so no more than the limit and one batch is ever held. Safe for any
 * thread; nothing waits here.
 */
public final class ProduceBudget {

    private final long maxBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong reservedBytes = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    /** @param maxBytes 1 or more */
    public ProduceBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** What is held now, in bytes. */
    public long usedBytes() {
        return usedBytes.get();
    }

    boolean hasRoom() {
        return usedBytes.get() < maxBytes;
    }

    /** What is kept free for batches that may come, in bytes. */
    public long reservedBytes() {
        return reservedBytes.get();
    }

    /** Keeps room free, if there is so much. */
    boolean reserve(int bytes) {
        long before;
        do {
            before = reservedBytes.get();
            if (usedBytes.get() + before + bytes > maxBytes) {
                return false;
            }
        } while (!reservedBytes.compareAndSet(before, before + bytes));
        return true;
    }

    void unreserve(long bytes) {
        reservedBytes.addAndGet(-bytes);
    }

    /** Adds a batch, unless the limit is reached; {@link #remove} must follow if it is added. */
    boolean tryAdd(int bytes) {
        long before;
        do {
            before = usedBytes.get();
            if (before >= maxBytes) {
                return false;
            }
        } while (!usedBytes.compareAndSet(before, before + bytes));
        return true;
    }

    void remove(int bytes) {
        usedBytes.addAndGet(-bytes);
        wakeIfRoom();
    }

    /** Runs a task once when there is room: now, or on the thread that makes some. It must be cheap. */
    void whenRoom(Runnable task) {
        waiting.add(task);
        wakeIfRoom();
    }

    private void wakeIfRoom() {
        while (hasRoom()) {
            Runnable next = waiting.poll();
            if (next == null) {
                return;
            }
            next.run();
        }
    }
}
