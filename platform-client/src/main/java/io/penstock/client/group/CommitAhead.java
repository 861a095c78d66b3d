package io.penstock.client.group;

import io.penstock.core.model.OffsetRanges;
import org.jspecify.annotations.Nullable;

/**
 * Batches that are committed before they are handed out: each at most once. What was committed and not handed out when
 * the partition is given up is committed back.
 */
public final class CommitAhead implements PartitionProgress {

    private static final long NOT_COMMITTED = -1;

    private final Listener listener;
    private final OffsetRanges finished;
    private final LeaderEpochs epochs = new LeaderEpochs();
    private long admitted;
    private long wanted;
    private long handedOut;
    private boolean draining;

    /**
     * Goes on where a commit says, or begins.
     *
     * @param offset the committed offset, or where to begin
     * @param finishedBeyond what is finished beyond it, since records were acknowledged before; not to be changed any more
     * @param isCommitted whether that is in the group's offsets already
     */
    public CommitAhead(long offset, OffsetRanges finishedBeyond, boolean isCommitted, Listener listener) {
        this.admitted = isCommitted ? offset : NOT_COMMITTED;
        this.wanted = offset;
        this.handedOut = offset;
        this.finished = finishedBeyond;
        this.listener = listener;
    }

    @Override
    public synchronized void enter(long baseOffset, int leaderEpoch) {
        epochs.enter(baseOffset, leaderEpoch);
    }

    @Override
    public long nextUnfinished(long offset) {
        return finished.nextAbsent(offset);
    }

    @Override
    public OffsetRanges finished(long fromOffset, long toOffset) {
        return finished.within(fromOffset, toOffset);
    }

    @Override
    public boolean admits(long nextOffset) {
        synchronized (this) {
            if (nextOffset <= admitted) {
                return true;
            }
            wanted = nextOffset;
        }
        listener.onAcknowledged(1);
        return false;
    }

    @Override
    public synchronized void handOut(long fromOffset, long toOffset) {
        handedOut = Math.max(handedOut, toOffset);
    }

    @Override
    public synchronized void passTo(long offset) {
        handedOut = Math.max(handedOut, offset);
    }

    /** What is handed out is finished already. */
    @Override
    public void acknowledge(long fromOffset, long toOffset) {}

    @Override
    public synchronized @Nullable Progress uncommitted() {
        long offset = finished.nextAbsent(draining ? handedOut : wanted);
        return offset == admitted
                ? null
                : new Progress(offset, epochs.before(offset), finished.within(offset, Long.MAX_VALUE), offset);
    }

    @Override
    public void onCommitted(Progress progress) {
        synchronized (this) {
            admitted = progress.offset();
        }
        listener.onRoom();
    }

    @Override
    public long unacknowledged() {
        return 0;
    }

    @Override
    public boolean owesCommit() {
        return false;
    }

    @Override
    public boolean isSettled() {
        return true;
    }

    @Override
    public synchronized long firstUnfinished() {
        return handedOut;
    }

    @Override
    public synchronized boolean drain() {
        draining = true;
        return true;
    }
}
