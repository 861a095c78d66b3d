package io.penstock.core.transport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * What one connection has reserved and not yet written to its socket, in bytes, and who waits for room.
 *
 * <p>RSocket's demand counts elements and knows nothing of the socket: a peer that asks for everything and reads
 * nothing would get all of it produced and held in memory. So whoever produces bulk reserves room <em>before</em> it
 * reads the log, hands the frame over (the connection counts it from then on), and ends the reservation. Every
 * reservation is ended by exactly one {@link #unreserve}.
 *
 * <p>A reservation is granted when the connection would then hold no more than its own limit, and no more than the
 * {@link OutboundBudget} leaves it. An element larger than the connection's limit passes when the connection holds
 * nothing. Those who wait on a connection are served strictly in the order of their coming, each with its reservation
 * already made, so that no wake-up can be lost and nobody is overtaken. While a frame is handed over, its bytes count
 * twice: what is held may be a little less than what is shown, never more.
 *
 * <p>Safe for any thread. Nothing here waits; the lock guards arithmetic only.
 */
public final class OutboundWindow {

    /** One who waits for room. Called once, on whatever thread made the room, mostly an event loop: must be cheap. */
    @FunctionalInterface
    public interface Waiter {

        /**
         * The wait is over.
         *
         * @param isReserved true: the bytes are reserved, and must be unreserved; false: the connection has closed
         */
        void proceed(boolean isReserved);
    }

    private static final class Waiting {
        final int bytes;
        private final Waiter waiter;

        Waiting(int bytes, Waiter waiter) {
            this.bytes = bytes;
            this.waiter = waiter;
        }

        void proceed(boolean isReserved) {
            try {
                waiter.proceed(isReserved);
            } catch (RuntimeException e) {
                LOG.error("One who waited for room in an outbound window failed; the others are served", e);
            }
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(OutboundWindow.class);

    private final OutboundBudget budget;
    private final long limitBytes;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    private long heldBytes;
    private long unsentBytes;
    private boolean hasSentSinceBeat;
    private int beatsWithNothing;
    private Runnable giveUp = () -> {};
    private boolean isStarved;
    private boolean isClosed;

    OutboundWindow(OutboundBudget budget, long limitBytes) {
        this.budget = budget;
        this.limitBytes = limitBytes;
        budget.add(this);
    }

    /** What to do when the budget needs the room of this connection, which sends nothing. Set before its first frame. */
    synchronized void onGivenUp(Runnable action) {
        giveUp = action;
    }

    /** What is reserved and unsent now, in bytes. */
    public synchronized long heldBytes() {
        return heldBytes;
    }

    /** Whether the connection has closed; nothing can be reserved any more. */
    public synchronized boolean isClosed() {
        return isClosed;
    }

    /**
     * Reserves room if there is some, and nobody waits for it already.
     *
     * @param bytes an upper bound of the frame's size, 1 or more
     */
    public synchronized boolean tryReserve(int bytes) {
        checkPositive(bytes);
        return !isClosed && waiting.isEmpty() && tryGrant(bytes);
    }

    /**
     * Reserves room now or as soon as there is some. If there is room now, the waiter is called before this returns.
     *
     * @param bytes an upper bound of the frame's size, 1 or more
     * @return disposing of it ends the wait without a call; a reservation that was granted meanwhile stays the waiter's
     */
    public Disposable whenReserved(int bytes, Waiter waiter) {
        checkPositive(bytes);
        Waiting entry = new Waiting(bytes, waiter);
        boolean isTooLate;
        synchronized (this) {
            isTooLate = isClosed;
            if (!isTooLate) {
                waiting.add(entry);
            }
        }
        if (isTooLate) {
            entry.proceed(false);
            return Disposables.disposed();
        }
        serve();
        return () -> cancel(entry);
    }

    /** Ends a reservation: the frame was handed to the connection, or there will be none. */
    public void unreserve(int bytes) {
        checkPositive(bytes);
        release(bytes);
    }

    /** Counts a frame from the moment that it is handed over, and tells what is held then. */
    long sent(int bytes) {
        budget.take(bytes);
        synchronized (this) {
            unsentBytes += bytes;
            heldBytes += bytes;
            return heldBytes;
        }
    }

    /** The socket has the frame, or the connection lost it. */
    void released(int bytes) {
        synchronized (this) {
            unsentBytes -= bytes;
            hasSentSinceBeat = true;
        }
        release(bytes);
    }

    /** Tells everyone who waits that there will be no room. What is held is released by its holders, as ever. */
    void close() {
        List<Waiting> refused;
        synchronized (this) {
            isClosed = true;
            refused = List.copyOf(waiting);
            waiting.clear();
            updateStarved(false);
        }
        budget.remove(this);
        refused.forEach(entry -> entry.proceed(false));
    }

    /** Grants what can be granted, in order, and calls the waiters outside of the lock. */
    void serve() {
        List<Waiting> granted = new ArrayList<>(1);
        synchronized (this) {
            grantWaiting(granted);
            if (isHeldUpByBudget() && !isStarved) {
                updateStarved(true);
                grantWaiting(granted); // room that was made before the budget knew of us
            }
            updateStarved(isHeldUpByBudget());
        }
        granted.forEach(entry -> entry.proceed(true));
    }

    /**
     * One beat of the budget's: what this connection needs, if it has held nothing and waited for the budget since the
     * beat before; else 0.
     */
    synchronized int starvingBytesAtBeat() {
        Waiting next = waiting.peek();
        beatsWithNothing = next != null && heldBytes == 0 ? beatsWithNothing + 1 : 0;
        return next != null && beatsWithNothing > 1 ? next.bytes : 0;
    }

    /** One beat of the budget's: what would come free if this connection ended, if it has sent nothing since; else 0. */
    synchronized long stalledBytesAtBeat() {
        boolean isStalled = unsentBytes > 0 && !hasSentSinceBeat;
        hasSentSinceBeat = false;
        return isStalled ? heldBytes : 0;
    }

    /** Ends the connection for the sake of others. */
    void giveUp() {
        Runnable action;
        synchronized (this) {
            action = giveUp;
        }
        action.run();
    }

    private void grantWaiting(List<Waiting> granted) {
        for (Waiting next = waiting.peek(); next != null && tryGrant(next.bytes); next = waiting.peek()) {
            granted.add(waiting.remove());
        }
    }

    private boolean tryGrant(int bytes) {
        if (!isWithinLimit(bytes) || !budget.tryTake(bytes, heldBytes + bytes)) {
            return false;
        }
        heldBytes += bytes;
        return true;
    }

    private boolean isWithinLimit(int bytes) {
        return heldBytes == 0 || heldBytes + bytes <= limitBytes;
    }

    /** What this connection's own limit holds up is served when its own bytes drain; the budget need not know. */
    private boolean isHeldUpByBudget() {
        Waiting next = waiting.peek();
        return next != null && isWithinLimit(next.bytes);
    }

    private void release(int bytes) {
        synchronized (this) {
            heldBytes -= bytes;
            assert heldBytes >= 0 : heldBytes;
        }
        budget.giveBack(bytes);
        serve();
        budget.serveStarved();
    }

    private void cancel(Waiting entry) {
        synchronized (this) {
            waiting.remove(entry);
        }
        serve(); // those behind it may need less
    }

    private void updateStarved(boolean starved) {
        if (starved != isStarved) {
            isStarved = starved;
            if (starved) {
                budget.addStarved(this);
            } else {
                budget.removeStarved(this);
            }
        }
    }

    private static void checkPositive(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes must be 1 or more, was " + bytes);
        }
    }
}
