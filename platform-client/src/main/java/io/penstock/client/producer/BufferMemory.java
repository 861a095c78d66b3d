package io.penstock.client.producer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes that batches may take. Whoever finds none left waits in line; those who come later do not overtake. Never
 * blocks. Safe for any thread.
 */
final class BufferMemory {

    private final long capacity;
    private final ArrayDeque<Claim> line = new ArrayDeque<>();
    private long free;
    private volatile boolean contended;

    BufferMemory(long capacity) {
        this.capacity = capacity;
        this.free = capacity;
    }

    /** Somebody's place in the line, and later the bytes. */
    final class Claim {

        private final long bytes;
        private final Runnable onGranted;
        private boolean granted;
        private boolean ended;

        private Claim(long bytes, Runnable onGranted) {
            this.bytes = bytes;
            this.onGranted = onGranted;
        }

        long bytes() {
            return bytes;
        }

        boolean isGranted() {
            synchronized (BufferMemory.this) {
                return granted;
            }
        }

        /** Takes the bytes over: they are the caller's to release. */
        void take() {
            synchronized (BufferMemory.this) {
                ended = true;
            }
        }

        /** Leaves the line, or gives the bytes back. */
        void cancel() {
            List<Claim> served;
            synchronized (BufferMemory.this) {
                if (ended) {
                    return;
                }
                ended = true;
                if (granted) {
                    free += bytes;
                } else {
                    line.remove(this);
                }
                served = serve();
            }
            served.forEach(claim -> claim.onGranted.run());
        }
    }

    /** Takes bytes if there are enough and nobody waits for some. */
    synchronized boolean tryReserve(long bytes) {
        if (bytes > free || !line.isEmpty()) {
            return false;
        }
        free -= bytes;
        return true;
    }

    /**
     * Gets in line.
     *
     * @param bytes at most the capacity
     * @param onGranted called when the bytes are there, by whoever gave them back; not if the claim is granted when
     *     this returns
     */
    synchronized Claim claim(long bytes, Runnable onGranted) {
        if (bytes > capacity) {
            throw new IllegalArgumentException(bytes + " bytes of " + capacity + " can never be had");
        }
        Claim claim = new Claim(bytes, onGranted);
        if (tryReserve(bytes)) {
            claim.granted = true;
        } else {
            line.add(claim);
            contended = true;
        }
        return claim;
    }

    /** Gives bytes back, and serves the line. */
    void release(long bytes) {
        List<Claim> served;
        synchronized (this) {
            free += bytes;
            served = serve();
        }
        served.forEach(claim -> claim.onGranted.run());
    }

    private List<Claim> serve() {
        if (line.isEmpty()) {
            contended = false;
            return List.of();
        }
        List<Claim> served = new ArrayList<>();
        for (Claim next = line.peek(); next != null && next.bytes <= free; next = line.peek()) {
            line.poll();
            free -= next.bytes;
            next.granted = true;
            served.add(next);
        }
        contended = !line.isEmpty();
        return served;
    }

    /** Whether somebody waits. */
    boolean isContended() {
        return contended;
    }

    synchronized long freeBytes() {
        return free;
    }

    synchronized long usedBytes() {
        return capacity - free;
    }

    long capacity() {
        return capacity;
    }
}
