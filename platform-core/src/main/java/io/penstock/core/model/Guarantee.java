package io.penstock.core.model;

/** What stood behind a batch at the moment in which its acknowledgement was sent. */
public enum Guarantee {
    /** Nothing: nobody was asked ({@link Acks#NONE}). */
    NONE,
    /** The leader's page cache: survives the broker's process, not a power cut and not the leader's loss. */
    LEADER,
    /** The page cache of every in-sync replica: survives processes, and all but one of the replicas. */
    REPLICATED,
    /** As {@link #REPLICATED}, and forced to the device: survives a power cut. */
    FSYNCED;

    private static final Guarantee[] VALUES = values();

    public byte wireValue() {
        return (byte) ordinal();
    }

    /**
     * Reads a wire value.
     *
     * @throws IllegalArgumentException if it names none
     */
    public static Guarantee ofWireValue(int value) {
        if (value < 0 || value >= VALUES.length) {
            throw new IllegalArgumentException("unknown guarantee " + value);
        }
        return VALUES[value];
    }
}
