package io.penstock.client.consumer;

/**
 * How many bytes a subscription lets brokers send ahead of its subscriber. When there are so many partitions that the
 * total does not give each its window, windows shrink, and then elements. A single batch that is larger than an element
 * still comes whole, and counts with its size.
 *
 * @param perPartitionBytes for one partition, from 1 KiB to 1 GiB
 * @param totalBytes for all partitions of a subscription, at least {@code perPartitionBytes}
 * @param maxElementBytes the largest slice, from 1 KiB to {@code perPartitionBytes}; the unit in which credit is given
 */
public record FetchWindow(int perPartitionBytes, long totalBytes, int maxElementBytes) {

    /** 4 MiB, 64 MiB, 256 KiB. */
    public static final FetchWindow DEFAULTS = new FetchWindow(4 << 20, 64 << 20, 256 << 10);

    public FetchWindow {
        if (perPartitionBytes < 1 << 10 || perPartitionBytes > 1 << 30) {
            throw new IllegalArgumentException(
                    "perPartitionBytes must be from 1 KiB to 1 GiB, was " + perPartitionBytes);
        }
        if (totalBytes < perPartitionBytes) {
            throw new IllegalArgumentException(
                    "totalBytes must be at least perPartitionBytes, " + perPartitionBytes + ", was " + totalBytes);
        }
        if (maxElementBytes < 1 << 10 || maxElementBytes > perPartitionBytes) {
            throw new IllegalArgumentException("maxElementBytes must be from 1 KiB to perPartitionBytes, "
                    + perPartitionBytes + ", was " + maxElementBytes);
        }
    }

    public FetchWindow withPerPartitionBytes(int bytes) {
        return new FetchWindow(bytes, totalBytes, Math.min(maxElementBytes, bytes));
    }

    public FetchWindow withTotalBytes(long bytes) {
        return new FetchWindow(perPartitionBytes, bytes, maxElementBytes);
    }

    public FetchWindow withMaxElementBytes(int bytes) {
        return new FetchWindow(perPartitionBytes, totalBytes, bytes);
    }
}
