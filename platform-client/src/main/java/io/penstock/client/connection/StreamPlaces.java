package io.penstock.client.connection;

/**
 * The places that a connection has for streams and channels: as many as its broker allows. They can be closed for good
 * while none is taken. Safe for any thread.
 */
final class StreamPlaces {

    private final int max;
    private int taken;
    private long everTaken;
    private boolean closed;
    private Runnable onUnused = () -> {};

    StreamPlaces(int max) {
        this.max = max;
    }

    /** What is called, on the thread that leaves, each time the last place that was taken is free again. */
    synchronized void onUnused(Runnable listener) {
        onUnused = listener;
    }

    /** Takes a place if one is free; {@link #leave()} must follow then. */
    synchronized boolean take() {
        if (!hasRoom()) {
            return false;
        }
        taken++;
        everTaken++;
        return true;
    }

    synchronized boolean hasRoom() {
        return !closed && taken < max;
    }

    /** How many were taken so far. */
    synchronized long everTaken() {
        return everTaken;
    }

    void leave() {
        Runnable listener;
        synchronized (this) {
            taken--;
            listener = taken == 0 ? onUnused : () -> {};
        }
        listener.run();
    }

    /** Gives no more places, if none is taken and none was since so many had been. */
    synchronized boolean closeIfUnusedSince(long everTakenThen) {
        closed |= taken == 0 && everTaken == everTakenThen;
        return closed;
    }
}
