package io.penstock.core.record;

/**
 * What a reader of batches is willing to hold in memory.
 *
 * @param maxBatchBytes the largest batch, as it is stored, with its header; at least {@link RecordBatch#OVERHEAD}
 * @param maxDecompressedBytes the most that the records of one batch may expand to; at least 1
 * @param maxRatio the most that they may expand, as a multiple of their compressed size; at least 1
 * @param ratioFreeBytes up to this size the ratio is not looked at, since a few kilobytes of equal records compress
 *     a thousandfold in earnest; 0 or more
 */
public record BatchLimits(int maxBatchBytes, int maxDecompressedBytes, int maxRatio, int ratioFreeBytes) {

    /** 16 MiB as stored, 64 MiB decompressed, a ratio of 1,000 beyond 4 MiB. */
    public static final BatchLimits DEFAULTS = new BatchLimits(16 << 20, 64 << 20, 1_000, 4 << 20);

    public BatchLimits {
        requireAtLeast(RecordBatch.OVERHEAD, maxBatchBytes, "maxBatchBytes");
        requireAtLeast(1, maxDecompressedBytes, "maxDecompressedBytes");
        requireAtLeast(1, maxRatio, "maxRatio");
        requireAtLeast(0, ratioFreeBytes, "ratioFreeBytes");
    }

    /** These limits with another largest batch. */
    public BatchLimits withMaxBatchBytes(int bytes) {
        return new BatchLimits(bytes, maxDecompressedBytes, maxRatio, ratioFreeBytes);
    }

    /** The most bytes that so many compressed bytes may expand to. */
    public int decompressedLimit(int compressedBytes) {
        long byRatio = Math.max(ratioFreeBytes, (long) compressedBytes * maxRatio);
        return (int) Math.min(maxDecompressedBytes, byRatio);
    }

    private static void requireAtLeast(int least, int value, String name) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be " + least + " or more, was " + value);
        }
    }
}
