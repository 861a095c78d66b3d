package io.penstock.cli.terminal;

import java.time.Duration;
import java.util.Locale;

/** How quantities are written: sizes in decimal megabytes as disks and networks count, counts with separators. */
public final class Figures {

    private static final double KILO = 1_000;
    private static final double MEGA = 1_000_000;
    private static final double GIGA = 1_000_000_000;

    private Figures() {}

    /** {@code 1,234,567}. */
    public static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 734 B}, {@code 12.5 KB}, {@code 268.4 MB}, {@code 1.07 GB}. */
    public static String bytes(long bytes) {
        double size = Math.abs((double) bytes);
        if (size < KILO) {
            return bytes + " B";
        }
        if (size < MEGA) {
            return String.format(Locale.ROOT, "%.1f KB", bytes / KILO);
        }
        return size < GIGA
                ? String.format(Locale.ROOT, "%.1f MB", bytes / MEGA)
                : String.format(Locale.ROOT, "%.2f GB", bytes / GIGA);
    }

    /** {@code 8.02 MB/s}. */
    public static String bytesPerSecond(double rate) {
        return String.format(Locale.ROOT, rate < 100 * MEGA ? "%.2f MB/s" : "%.0f MB/s", rate / MEGA);
    }

    /** {@code 1.25 M/s}, {@code 81.3 k/s}, {@code 640/s}. */
    public static String perSecond(double rate) {
        if (rate >= MEGA) {
            return String.format(Locale.ROOT, "%.2f M/s", rate / MEGA);
        }
        return rate >= 10 * KILO
                ? String.format(Locale.ROOT, "%.1f k/s", rate / KILO)
                : String.format(Locale.ROOT, "%.0f/s", rate);
    }

    /** {@code 32.4 s}, {@code 12.5 ms}, {@code 870 µs}. */
    public static String duration(Duration duration) {
        double nanos = duration.toNanos();
        if (nanos >= GIGA) {
            return String.format(Locale.ROOT, "%.1f s", nanos / GIGA);
        }
        return nanos >= MEGA
                ? String.format(Locale.ROOT, "%.1f ms", nanos / MEGA)
                : String.format(Locale.ROOT, "%.0f µs", nanos / KILO);
    }

    /** Amount per second over a time; 0 over no time. */
    public static double rate(double amount, long nanos) {
        return nanos <= 0 ? 0 : amount * GIGA / nanos;
    }
}
