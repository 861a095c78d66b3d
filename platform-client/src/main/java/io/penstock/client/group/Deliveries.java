package io.penstock.client.group;

import io.penstock.core.model.OffsetRanges;

/** Learns what of a partition is handed out, and says what may be. Called in turn; acknowledgements on any thread. */
public interface Deliveries extends Acknowledger {

    /** Not to be added to. */
    OffsetRanges NOTHING = new OffsetRanges();

    /** Of a partition whose records nobody acknowledges: everything may be handed out. */
    Deliveries UNTRACKED = new Deliveries() {
        @Override
        public void enter(long baseOffset, int leaderEpoch) {}

        @Override
        public long nextUnfinished(long offset) {
            return offset;
        }

        @Override
        public OffsetRanges finished(long fromOffset, long toOffset) {
            return NOTHING;
        }

        @Override
        public boolean admits(long nextOffset) {
            return true;
        }

        @Override
        public void handOut(long fromOffset, long toOffset) {}

        @Override
        public void passTo(long offset) {}

        @Override
        public void acknowledge(long fromOffset, long toOffset) {}
    };

    /** A batch is looked at; called in the order of offsets. */
    void enter(long baseOffset, int leaderEpoch);

    /** The offset itself, or the first after it that was not finished before. */
    long nextUnfinished(long offset);

    /** What was finished before of some offsets; not to be changed. */
    OffsetRanges finished(long fromOffset, long toOffset);

    /**
     * Whether a batch may be handed out now. If not, whoever made this says later that it may be asked again.
     *
     * @param nextOffset the offset after the batch
     */
    boolean admits(long nextOffset);

    /** The records at these offsets are handed out; what lies between them and those before them is not there. */
    void handOut(long fromOffset, long toOffset);

    /** There is nothing more to hand out before an offset. */
    void passTo(long offset);
}
