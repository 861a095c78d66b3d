package io.penstock.core.transport;

import io.penstock.core.runtime.DrainLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all connections of a broker may reserve and have unsent together. One budget is shared by the
 * {@link OutboundWindow}s of all of them.
 *
 * <p>It is shared out by Choudhury's and Hahne's dynamic thresholds with alpha 1: a connection is granted no more than
 * would be left free. {@code n} peers that grow together and read nothing end at {@code total / (n + 1)} each, and the
 * same is left for the next one. That alone does not do: peers that come one after the other and never drain halve what
 * is left each time. So the server beats time: when a connection that holds nothing has waited from one beat to the
 * next, connections that have sent nothing between the beats are given up, the largest first, until there is room.
 *
 * <p>Safe for any thread. Nothing here waits.
 */
public class OutboundBudget {

    private final long totalBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final ConcurrentLinkedQueue<OutboundWindow> starved = new ConcurrentLinkedQueue<>();
    private final Set<OutboundWindow> windows = ConcurrentHashMap.newKeySet();
    private final DrainLoop serving = DrainLoop.of(this::serveAll);

    /**
     * An unused budget.
     *
     * @param totalBytes 1 or more
     */
    public OutboundBudget(long totalBytes) {
        if (totalBytes < 1) {
            throw new IllegalArgumentException("totalBytes must be 1 or more, was " + totalBytes);
        }
        this.totalBytes = totalBytes;
    }

    /** The cap, in bytes. */
    public long totalBytes() {
        return totalBytes;
    }

    /**
     * What all connections hold now, in bytes. Reservations alone never bring it above the cap; frames that were sent
     * without one, answers and errors, can.
     */
    public long usedBytes() {
        return usedBytes.get();
    }

    void add(OutboundWindow window) {
        windows.add(window);
    }

    void remove(OutboundWindow window) {
        windows.remove(window);
    }

    /** Takes bytes for a connection if the threshold allows it what it would then hold. */
    boolean tryTake(int bytes, long heldAfterwards) {
        for (; ; ) {
            long used = usedBytes.get();
            if (heldAfterwards > totalBytes - used) {
                return false;
            }
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
        }
    }

    /** Takes bytes that are there already, whatever the cap says. */
    void take(int bytes) {
        usedBytes.addAndGet(bytes);
    }

    void giveBack(long bytes) {
        long used = usedBytes.addAndGet(-bytes);
        assert used >= 0 : used;
    }

    /** Lets a window hear of room that others make. Its caller then looks for room once more, or a wake-up is lost. */
    void addStarved(OutboundWindow window) {
        starved.add(window);
    }

    void removeStarved(OutboundWindow window) {
        starved.remove(window);
    }

    /** Serves the windows that the cap held up, in the order of their coming. One thread does it at a time. */
    void serveStarved() {
        if (!starved.isEmpty()) {
            serving.signal();
        }
    }

    private void serveAll() {
        for (OutboundWindow window : starved) {
            window.serve();
        }
    }

    /** One beat: sees who starves and who stalls, and gives up as many of these as those need. Called by one thread. */
    void beat() {
        long missing = 0;
        List<Stalled> stalled = new ArrayList<>();
        for (OutboundWindow window : windows) {
            missing = Math.max(missing, window.starvingBytesAtBeat());
            long bytes = window.stalledBytesAtBeat();
            if (bytes > 0) {
                stalled.add(new Stalled(window, bytes));
            }
        }
        if (missing > 0) {
            stalled.sort(Comparator.comparingLong(Stalled::bytes).reversed());
            giveUp(stalled, missing - (totalBytes - usedBytes.get()));
        }
    }

    private static void giveUp(List<Stalled> largestFirst, long missing) {
        long stillMissing = missing;
        for (Stalled next : largestFirst) {
            if (stillMissing <= 0) {
                return;
            }
            next.window().giveUp();
            stillMissing -= next.bytes();
        }
    }

    private record Stalled(OutboundWindow window, long bytes) {}
}
