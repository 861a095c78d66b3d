package io.penstock.client.producer;

import java.time.Duration;
import java.util.Objects;

/**
 * When a batch is closed: at whichever of the three comes first, or at a flush, or when memory runs out.
 *
 * @param maxBytes the most bytes of a batch before compression, with its headers; from 1 KiB to 64 MiB, and less for
 *     a topic whose {@code max.message.bytes} are less. One record that is larger travels alone
 * @param maxRecords the most records of a batch, 1 or more
 * @param linger how long an open batch waits for more records; zero closes it as soon as no record is at hand
 */
public record Batching(int maxBytes, int maxRecords, Duration linger) {

    /** 256 KiB, any number of records, 5 ms. */
    public static final Batching DEFAULTS = new Batching(256 << 10, Integer.MAX_VALUE, Duration.ofMillis(5));

    public Batching {
        Objects.requireNonNull(linger, "linger");
        if (maxBytes < 1 << 10 || maxBytes > 64 << 20) {
            throw new IllegalArgumentException("maxBytes must be from 1 KiB to 64 MiB, was " + maxBytes);
        }
        if (maxRecords < 1) {
            throw new IllegalArgumentException("maxRecords must be 1 or more, was " + maxRecords);
        }
        if (linger.isNegative() || linger.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("linger must be from 0 to 1 day, was " + linger);
        }
    }

    public Batching withMaxBytes(int bytes) {
        return new Batching(bytes, maxRecords, linger);
    }

    public Batching withMaxRecords(int records) {
        return new Batching(maxBytes, records, linger);
    }

    public Batching withLinger(Duration duration) {
        return new Batching(maxBytes, maxRecords, duration);
    }
}
