package io.penstock.core.model;

/** Whose word a producer waits for. The wire values are Kafka's. */
public enum Acks {
    /** Nobody's: the result only says that the batch was handed to the connection. */
    NONE(0),
    /** The leader's: the batch is in the leader's log. */
    LEADER(1),
    /** The high watermark's: the batch has the durability that the topic is configured for. */
    ALL(-1);

    private final byte wireValue;

    Acks(int wireValue) {
        this.wireValue = (byte) wireValue;
    }

    public byte wireValue() {
        return wireValue;
    }

    /**
     * Reads a wire value.
     *
     * @throws IllegalArgumentException if it is none of -1, 0 and 1
     */
    public static Acks ofWireValue(int value) {
        return switch (value) {
            case 0 -> NONE;
            case 1 -> LEADER;
            case -1 -> ALL;
            default -> throw new IllegalArgumentException("acks must be -1, 0 or 1, was " + value);
        };
    }
}
