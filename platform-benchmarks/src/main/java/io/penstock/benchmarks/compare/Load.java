package io.penstock.benchmarks.compare;

import io.penstock.cli.perf.Payloads;

/**
 * What goes through a system, and how. Immutable.
 *
 * @param values of which kind and size
 * @param records how many are counted
 * @param warmUp how many are sent before them
 * @param perSecond how many a second, in a workload with a pace
 * @param partitions of the topic
 * @param sending how they are sent
 * @param durability what their acknowledgement means
 * @param readers how many clients read the topic, or are connected and idle, beside those that are measured
 */
record Load(
        Values values,
        long records,
        long warmUp,
        int perSecond,
        int partitions,
        Sending sending,
        Durability durability,
        int readers) {

    /** Values of a kind and size. */
    record Values(Payloads.Kind kind, int bytes) {

        String describe() {
            return bytes + " B of " + (kind == Payloads.Kind.realistic ? "JSON" : "random characters");
        }
    }

    /** So many records of random characters into one partition, sent in large batches. */
    static Load of(int valueBytes, long records) {
        return new Load(
                new Values(Payloads.Kind.text, valueBytes),
                records,
                0,
                0,
                1,
                Sending.LARGE_BATCHES,
                Durability.CACHED,
                1);
    }

    Load withPayload(Payloads.Kind kind) {
        Values other = new Values(kind, values.bytes());
        return new Load(other, records, warmUp, perSecond, partitions, sending, durability, readers);
    }

    Load withRecords(long count) {
        return new Load(values, count, warmUp, perSecond, partitions, sending, durability, readers);
    }

    Load withWarmUp(long count) {
        return new Load(values, records, count, perSecond, partitions, sending, durability, readers);
    }

    /** Sent at a pace for some seconds, after a warm-up. */
    Load withPace(int recordsPerSecond, int seconds, int warmUpSeconds) {
        return new Load(
                values,
                (long) recordsPerSecond * seconds,
                (long) recordsPerSecond * warmUpSeconds,
                recordsPerSecond,
                partitions,
                sending,
                durability,
                readers);
    }

    Load withPartitions(int count) {
        return new Load(values, records, warmUp, perSecond, count, sending, durability, readers);
    }

    Load withSending(Sending other) {
        return new Load(values, records, warmUp, perSecond, partitions, other, durability, readers);
    }

    Load withDurability(Durability other) {
        return new Load(values, records, warmUp, perSecond, partitions, sending, other, readers);
    }

    Load withReaders(int count) {
        return new Load(values, records, warmUp, perSecond, partitions, sending, durability, count);
    }

    /** A part of it, for a quick look. */
    Load dividedBy(int divisor) {
        return new Load(
                values,
                Math.max(1, records / divisor),
                warmUp / divisor,
                perSecond,
                partitions,
                sending,
                durability,
                readers);
    }

    /** The values that are sent. */
    Payloads payloads() {
        return Payloads.of(values.kind(), values.bytes(), sending.isCompressed());
    }

    /** With those of the warm-up. */
    long total() {
        return warmUp + records;
    }

    String describe() {
        return String.format("%,d records", records)
                + (perSecond > 0 ? String.format(" at %,d/s", perSecond) : "")
                + (warmUp > 0 ? String.format(" after %,d", warmUp) : "")
                + ", " + values.describe()
                + ", " + partitions + (partitions == 1 ? " partition" : " partitions")
                + ", " + sending.describe()
                + ", acknowledged when " + durability.describe();
    }
}
