package io.penstock.core.log.producer;

/** Arithmetic of sequences, which follow each other from 0 to 2<sup>31</sup> − 1 and begin again at 0. */
public final class Sequences {

    private static final int MASK = Integer.MAX_VALUE;
    private static final int HALF = 1 << 30;

    private Sequences() {}

    /** The sequence that comes so many after another one. */
    public static int plus(int sequence, int count) {
        return (sequence + count) & MASK;
    }

    /** The sequence that comes so many before another one. */
    public static int minus(int sequence, int count) {
        return (sequence - count) & MASK;
    }

    /** Whether one comes before another, going the shorter way round. */
    public static boolean isBefore(int sequence, int other) {
        int distance = minus(other, sequence);
        return distance > 0 && distance < HALF;
    }
}
