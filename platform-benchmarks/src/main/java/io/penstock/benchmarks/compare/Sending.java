package io.penstock.benchmarks.compare;

import java.util.Optional;

/**
 * How a producer sends. All wait for all acknowledgements and are idempotent, which are the defaults of all.
 *
 * @param codec none, lz4 or zstd
 * @param batchBytes of a batch at most; empty for the client's default
 * @param lingerMillis how long a batch waits for more records; empty for the client's default
 */
record Sending(String codec, Optional<Integer> batchBytes, Optional<Integer> lingerMillis) {

    /** What each client does if it is not told otherwise. */
    static final Sending DEFAULTS = new Sending("none", Optional.empty(), Optional.empty());

    /** Batches of 256 KiB, for which 10 ms are waited. */
    static final Sending LARGE_BATCHES = DEFAULTS.withBatchBytes(256 << 10).withLingerMillis(10);

    boolean isCompressed() {
        return !codec.equals("none");
    }

    Sending withCodec(String name) {
        return new Sending(name, batchBytes, lingerMillis);
    }

    Sending withBatchBytes(int bytes) {
        return new Sending(codec, Optional.of(bytes), lingerMillis);
    }

    Sending withLingerMillis(int millis) {
        return new Sending(codec, batchBytes, Optional.of(millis));
    }

    String describe() {
        return (isCompressed() ? codec : "not compressed") + ", batches of "
                + batchBytes.map(bytes -> (bytes >> 10) + " KiB").orElse("the default size") + ", linger "
                + lingerMillis.map(millis -> millis + " ms").orElse("by default");
    }
}
