package io.penstock.cli.demo;

/**
 * Turns bytes per second into demand for records: what may be asked for now, so that what has come and what is on its
 * way is what the time that has passed allows. The size of a record that has not come is taken to be the mean of those
 * that have. Nothing is dropped and nothing waits: fewer records are asked for.
 *
 * <p>Time lost to a stall is made good up to {@value #MAX_DEBT_SECONDS} seconds' worth. Given the time; knows no clock.
 * Not thread-safe.
 */
final class DemandPacer {

    private static final double MAX_DEBT_SECONDS = 2;
    private static final double NANOS = 1e9;
    private static final double FIRST_GUESS_BYTES = 64;

    private final double bytesPerSecond;
    private long lastNanos;
    private double allowance;
    private long outstanding;
    private long asked;
    private long records;
    private long bytes;

    DemandPacer(double bytesPerSecond, long nowNanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.lastNanos = nowNanos;
    }

    /** How many more records to ask for now; counts them as asked for. */
    long demand(long nowNanos) {
        allowance += bytesPerSecond * (nowNanos - lastNanos) / NANOS;
        allowance = Math.min(allowance, bytesPerSecond * MAX_DEBT_SECONDS);
        lastNanos = nowNanos;
        long more = (long) (allowance / meanBytes()) - outstanding;
        if (more <= 0) {
            return 0;
        }
        outstanding += more;
        asked += more;
        return more;
    }

    /** Forgets what a stall has left to be made good: what is on its way is all that is allowed now. */
    void forgive() {
        allowance = Math.min(allowance, outstanding * meanBytes());
    }

    /** Takes note of a record that came. */
    void received(int size) {
        outstanding--;
        records++;
        bytes += size;
        allowance -= size;
    }

    /** How many records were asked for in all. */
    long asked() {
        return asked;
    }

    /** How many records were asked for and have not come. */
    long outstanding() {
        return outstanding;
    }

    private double meanBytes() {
        return records == 0 ? FIRST_GUESS_BYTES : (double) bytes / records;
    }
}
