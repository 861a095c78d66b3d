package io.penstock.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** What Linux tells of processes and of itself in {@code /proc}. */
final class ProcFiles {

    /** The same on every Linux there is. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int USER_TICKS = 11;
    private static final int KERNEL_TICKS = 12;
    private static final int IDLE = 4;
    private static final int IO_WAIT = 5;
    private static final int GUEST = 9;

    private ProcFiles() {}

    /** What a process has used so far; empty if it is gone. */
    static Optional<ProcessUsage> usage(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            double cpu = (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[KERNEL_TICKS])) / TICKS_PER_SECOND;
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .findFirst()
                    .map(line -> new ProcessUsage(cpu, kibibytes(line) << 10));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Lets the peak of a process's memory be what it is now. */
    static void resetPeakMemory(long pid) {
        try {
            Files.writeString(Path.of("/proc/" + pid + "/clear_refs"), "5");
        } catch (IOException e) {
            throw new ComparisonFailure("can't reset the peak memory of process " + pid, e);
        }
    }

    /** Seconds for which processors were busy since the machine's start, with all that they did. */
    static double busySeconds() {
        try {
            String[] fields =
                    Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split(" +");
            long ticks = 0;
            for (int i = 1; i < Math.min(fields.length, GUEST); i++) {
                ticks += i == IDLE || i == IO_WAIT ? 0 : Long.parseLong(fields[i]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new ComparisonFailure("can't read /proc/stat: this runs on Linux only", e);
        }
    }

    /** Lets the kernel forget what it has cached of files; only root can. */
    static void dropPageCache() {
        try {
            Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
        } catch (IOException e) {
            throw new ComparisonFailure("can't drop the page cache, which this workload needs: run it as root", e);
        }
    }

    /** The value of the first line of a file that begins so, after a colon. */
    static String value(String file, String name) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    /** The load of the last minute, five minutes and a quarter of an hour. */
    static String loadAverage() {
        try {
            String[] fields = Files.readString(Path.of("/proc/loadavg")).split(" ");
            return String.join(" ", Arrays.copyOf(fields, 3));
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static long kibibytes(String line) {
        return Long.parseLong(line.replaceAll("\\D", ""));
    }
}
