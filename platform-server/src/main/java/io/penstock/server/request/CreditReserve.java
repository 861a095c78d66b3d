package io.penstock.server.request;

/**
 * What a produce channel keeps free in the {@link ProduceBudget} for the batches that it may send: as many bytes a batch
 * as its largest of late. It is a guess about what the client will send, so the budget refuses what it can't hold when it
 * comes. A channel that may send nothing gets one batch without a reserve, while the broker has room at all: others that
 * are idle must not keep it waiting. Not safe for several threads.
 */
final class CreditReserve {

    /** The guess for a channel that has sent nothing. */
    static final int FIRST_BATCH_BYTES = 64 << 10;

    private final ProduceBudget budget;
    private int batchBytes = FIRST_BATCH_BYTES;
    private int batches;
    private long bytes;
    private boolean isEnded;

    CreditReserve(ProduceBudget budget) {
        this.budget = budget;
    }

    /** For how many of the wanted batches there is room; they are reserved. */
    int reserve(int wanted, boolean isDry) {
        if (isEnded) {
            return 0;
        }
        int reserved = 0;
        while (reserved < wanted && budget.reserve(batchBytes)) {
            reserved++;
            batches++;
            bytes += batchBytes;
        }
        return reserved == 0 && wanted > 0 && isDry && budget.hasRoom() ? 1 : reserved;
    }

    /** A batch is here: the budget counts it from now on. */
    void onArrived(int size) {
        if (batches > 0) {
            long share = bytes / batches--;
            bytes -= share;
            budget.unreserve(share);
        }
        batchBytes = Math.max(size, batchBytes - batchBytes / 8);
    }

    /** Nothing will come any more. */
    void end() {
        isEnded = true;
        budget.unreserve(bytes);
        bytes = 0;
        batches = 0;
    }
}
