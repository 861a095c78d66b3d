package io.penstock.client.group;

import io.penstock.core.model.OffsetRanges;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.codec.FinishedRanges;
import org.jspecify.annotations.Nullable;

/**
 * Records that are acknowledged in any order. Everything before the committable offset is finished; beyond it finished
 * offsets are kept as ranges, those that were finished before a crash too, so that they are not handed out again.
 * Offsets that the log has no record for count as finished as soon as they are passed.
 *
 * <p>Bounded by what can be committed: while the ranges are as large, nothing is handed out until a gap is closed, or all that
 * was handed out is acknowledged.
 *
 * <pre>
 *   ─── finished ───┬── some finished, some handed out ──┬── not handed out, but for what was finished before ──
 *              committable                           handedOut
 * </pre>
 */
public final class AcknowledgementTracker implements PartitionProgress {

    private final Listener listener;
    private final int maxBytes;
    private final OffsetRanges finished;
    private final LeaderEpochs epochs = new LeaderEpochs();
    private long committable;
    private long handedOut;
    private long unacknowledged;
    private long version;
    private long committedVersion;
    private long acknowledgedVersion;
    private boolean held;
    private boolean draining;

    /**
     * Goes on where a commit says.
     *
     * @param offset the committed offset
     * @param finishedBeyond what is finished beyond it; taken over
     * @param isCommitted whether that is in the group's offsets already
     */
    public AcknowledgementTracker(long offset, OffsetRanges finishedBeyond, boolean isCommitted, Listener listener) {
        this(offset, finishedBeyond, isCommitted, GroupOffsets.MAX_FINISHED_BYTES, listener);
    }

    AcknowledgementTracker(
            long offset, OffsetRanges finishedBeyond, boolean isCommitted, int maxBytes, Listener listener) {
        this.committable = offset;
        this.handedOut = offset;
        this.finished = finishedBeyond;
        this.maxBytes = maxBytes;
        this.listener = listener;
        settle();
        this.committedVersion = isCommitted ? version : version - 1;
    }

    @Override
    public synchronized void enter(long baseOffset, int leaderEpoch) {
        epochs.enter(baseOffset, leaderEpoch);
    }

    @Override
    public synchronized long nextUnfinished(long offset) {
        return finished.nextAbsent(Math.max(offset, committable));
    }

    @Override
    public synchronized OffsetRanges finished(long fromOffset, long toOffset) {
        OffsetRanges known = finished.within(fromOffset, toOffset);
        known.add(fromOffset, Math.max(fromOffset, Math.min(toOffset, committable)));
        return known;
    }

    @Override
    public boolean admits(long nextOffset) {
        boolean isNews;
        synchronized (this) {
            boolean before = held;
            held = waitsForGaps();
            if (!held) {
                return true;
            }
            isNews = !before;
        }
        if (isNews) {
            listener.onFull();
        }
        return false;
    }

    /** Of gaps that nobody is at work on, what is to be handed out is the only end. */
    private boolean waitsForGaps() {
        return unacknowledged > 0
                && (long) finished.count() * FinishedRanges.MAX_RANGE_BYTES >= maxBytes
                && FinishedRanges.sizeOf(finished, committable) >= maxBytes;
    }

    @Override
    public synchronized void handOut(long fromOffset, long toOffset) {
        passes(fromOffset);
        long from = Math.max(handedOut, fromOffset);
        if (from < toOffset) {
            handedOut = toOffset;
            unacknowledged += toOffset - from - finishedIn(from, toOffset);
        }
    }

    private long finishedIn(long from, long to) {
        long count = Math.max(0, Math.min(to, committable) - from);
        long offset = Math.max(from, committable);
        while (offset < to) {
            long absent = Math.min(to, finished.nextAbsent(offset));
            count += absent - offset;
            offset = absent + 1;
        }
        return count;
    }

    @Override
    public void passTo(long offset) {
        if (passes(offset)) {
            listener.onAcknowledged(1); // it is worth a commit, and no acknowledgement may follow
        }
    }

    /** True if more can be committed then. */
    private synchronized boolean passes(long offset) {
        long before = committable;
        long from = Math.max(handedOut, committable);
        if (from < offset && finished.add(from, offset) > 0) {
            settle();
        }
        handedOut = Math.max(handedOut, offset);
        return committable != before;
    }

    /** Moves what is contiguous out of the ranges. */
    private void settle() {
        long before = committable;
        committable = finished.nextAbsent(committable);
        if (committable != before) {
            finished.removeBefore(committable);
            epochs.forgetBefore(committable);
        }
        version++;
    }

    @Override
    public void acknowledge(long fromOffset, long toOffset) {
        long added;
        boolean isRoom;
        boolean isDrained;
        synchronized (this) {
            long from = Math.max(fromOffset, committable);
            long to = Math.min(toOffset, handedOut);
            added = from < to ? finished.add(from, to) : 0;
            if (added == 0) {
                return;
            }
            settle();
            acknowledgedVersion = version;
            unacknowledged -= added;
            isRoom = held && !waitsForGaps();
            held &= !isRoom;
            isDrained = draining && unacknowledged == 0;
        }
        listener.onAcknowledged(added);
        if (isRoom) {
            listener.onRoom();
        }
        if (isDrained) {
            listener.onDrained();
        }
    }

    @Override
    public synchronized @Nullable Progress uncommitted() {
        return version == committedVersion
                ? null
                : new Progress(committable, epochs.before(committable), finished.copy(), version);
    }

    @Override
    public synchronized void onCommitted(Progress progress) {
        committedVersion = Math.max(committedVersion, progress.version());
    }

    @Override
    public synchronized long unacknowledged() {
        return unacknowledged;
    }

    @Override
    public synchronized boolean owesCommit() {
        return acknowledgedVersion > committedVersion;
    }

    @Override
    public synchronized boolean isSettled() {
        return unacknowledged == 0 && !owesCommit();
    }

    @Override
    public synchronized long firstUnfinished() {
        return committable;
    }

    @Override
    public synchronized boolean drain() {
        draining = true;
        return unacknowledged == 0;
    }
}
