package io.penstock.server.request;

/**
 * How many batches a produce channel may send. At any time at most {@code window} batches are allowed or on their way
 * into the log; no more than {@link #MAX_UNANSWERED} wait for their answers; and a channel has an end, since RSocket goes
 * silent when the sum of all REQUEST_N reaches 2^31-1. Not safe for several threads.
 */
final class LaneCredit {

    /** Batches that are in the log and whose answers wait for an fsync, or for the client to ask for them. */
    static final int MAX_UNANSWERED = 8192;

    private final int window;
    private final long maxElements;
    private long granted;
    private long taken;
    private long arrived;
    private long answered;
    private boolean isStopped;

    LaneCredit(int window, long maxElements) {
        this.window = window;
        this.maxElements = maxElements;
    }

    /** How many more batches may be asked for now, 0 or more. */
    int wanted() {
        if (isStopped) {
            return 0;
        }
        long open = window - (granted - taken);
        long answerable = MAX_UNANSWERED - (granted - answered);
        return (int) Math.max(0, Math.min(Math.min(open, answerable), maxElements - granted));
    }

    /** So many, at most those {@linkplain #wanted() wanted}, are asked for. */
    void grant(int batches) {
        granted += batches;
    }

    /** Whether the client may send nothing now. */
    boolean isDry() {
        return granted <= arrived;
    }

    void onArrived() {
        arrived++;
    }

    /** A batch is in the log, or was refused. */
    void onTaken() {
        taken++;
    }

    /** A batch needs no more answer. */
    void onAnswered() {
        answered++;
    }

    /** Grants nothing from now on. */
    void stop() {
        isStopped = true;
    }

    /** Whether all batches that arrived are answered. */
    boolean isSettled() {
        return answered == arrived;
    }

    /** Whether the channel has had all the batches that it may have. */
    boolean isUsedUp() {
        return arrived >= maxElements;
    }
}
