package io.penstock.cli.demo;

import java.time.Duration;
import java.util.List;

/**
 * How long the demo paces its consumers, and how much it sends, so that the fastest does not reach the end while it is
 * paced.
 *
 * @param paced how long the consumers' rates are measured
 * @param prolonging how much longer at most, if something else has kept the machine busy and a rate is not what it
 *     should be: what a stall takes away, or leaves to be made good, counts for less
 * @param headStartBytes how far the producer is ahead of the fastest consumer before that begins, so that it is the
 *     demand that limits it and not what is there
 * @param totalBytes how much is sent
 * @param bytesPerSecond the consumers' limits, the highest first
 */
record Plan(Duration paced, Duration prolonging, long headStartBytes, long totalBytes, List<Long> bytesPerSecond) {

    /** The shortest demo that shows anything. */
    static final int MIN_SECONDS = 8;

    /** What is sent if nothing else asks for more. */
    static final long DEFAULT_BYTES = 268_000_000;

    private static final List<Long> LIMITS = List.of(8_000_000L, 5_000_000L, 2_000_000L);
    private static final int MIN_PACED_SECONDS = 4;
    private static final int START_AND_CATCH_UP_SECONDS = 6;
    private static final int PROLONGING_SECONDS = 12;
    private static final int HEAD_START_SECONDS = 2;
    private static final double MARGIN = 1.2;

    /**
     * A plan for a demo of about so many seconds.
     *
     * @param leastBytes what is sent at least
     */
    static Plan of(int seconds, long leastBytes) {
        int paced = Math.max(MIN_PACED_SECONDS, seconds - Math.max(START_AND_CATCH_UP_SECONDS, seconds / 5));
        long fastest = LIMITS.get(0);
        long headStart = fastest * HEAD_START_SECONDS;
        long needed = (long) (fastest * (paced + PROLONGING_SECONDS + START_AND_CATCH_UP_SECONDS) * MARGIN) + headStart;
        return new Plan(
                Duration.ofSeconds(paced),
                Duration.ofSeconds(PROLONGING_SECONDS),
                headStart,
                Math.max(leastBytes, needed),
                LIMITS);
    }
}
