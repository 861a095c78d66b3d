package io.penstock.client.producer;

import io.penstock.client.producer.BufferMemory.Claim;
import org.jspecify.annotations.Nullable;

/** Where the last record of a source went, and what the source has claimed for the next one. Used by one at a time. */
final class Placement {

    private final BufferMemory memory;
    private @Nullable Settleable batch;
    private int index;
    private @Nullable Claim claim;

    Placement(BufferMemory memory) {
        this.memory = memory;
    }

    void set(Settleable newBatch, int newIndex) {
        if (batch != newBatch) {
            batch = newBatch; // a collector may have to be told of it, which takes longer than to look
        }
        index = newIndex;
    }

    Settleable batch() {
        if (batch == null) {
            throw new IllegalStateException("nothing has been placed yet");
        }
        return batch;
    }

    int index() {
        return index;
    }

    /** Gets in line for bytes. */
    void claim(long bytes, Runnable onGranted) {
        claim = memory.claim(bytes, onGranted);
    }

    /** Whether it stands in line and was not served yet. */
    boolean isWaiting() {
        return claim != null && !claim.isGranted();
    }

    /** Spends the claim if it was granted with enough bytes; what is more goes back. */
    boolean useClaim(long bytes) {
        Claim granted = claim;
        if (granted == null || !granted.isGranted() || granted.bytes() < bytes) {
            return false;
        }
        claim = null;
        granted.take();
        if (granted.bytes() > bytes) {
            memory.release(granted.bytes() - bytes);
        }
        return true;
    }

    /** Gives an unspent claim back. */
    void dropClaim() {
        Claim dropped = claim;
        if (dropped != null) {
            claim = null;
            dropped.cancel();
        }
    }
}
