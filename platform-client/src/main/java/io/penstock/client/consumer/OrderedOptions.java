package io.penstock.client.consumer;

import java.util.Objects;

/**
 * How {@link Consumer#orderedByKey} works.
 *
 * @param lanes how many records are handled at the same time, each of another key; from 1 to 65,536
 * @param maxInFlight how many records may have been taken and not be finished, those that wait for others of their key
 *     included; from {@code lanes} to 1,000,000. A single key may have a quarter of it
 * @param maxInFlightBytes no more records are taken while the keys and values of those in flight have so many bytes, as they
 *     were received; 1 or more. A single key may have a quarter of it, or one record
 * @param retry how often a handler is called
 * @param onFailure what becomes of a record whose handler failed for the last time, or that can't be deserialized
 */
public record OrderedOptions(
        int lanes, int maxInFlight, long maxInFlightBytes, RetryPolicy retry, OnFailure onFailure) {

    private static final int MAX_LANES = 1 << 16;
    private static final int MAX_IN_FLIGHT = 1_000_000;
    private static final int IN_FLIGHT_PER_LANE = 16;

    public OrderedOptions {
        Objects.requireNonNull(retry, "retry");
        Objects.requireNonNull(onFailure, "onFailure");
        if (lanes < 1 || lanes > MAX_LANES) {
            throw new IllegalArgumentException("lanes must be from 1 to " + MAX_LANES + ", was " + lanes);
        }
        if (maxInFlight < lanes || maxInFlight > MAX_IN_FLIGHT) {
            throw new IllegalArgumentException(
                    "maxInFlight must be from lanes, " + lanes + ", to " + MAX_IN_FLIGHT + ", was " + maxInFlight);
        }
        if (maxInFlightBytes < 1) {
            throw new IllegalArgumentException("maxInFlightBytes must be 1 or more, was " + maxInFlightBytes);
        }
    }

    /**
     * So many lanes; 16 times as many records in flight, of 32 MiB; five attempts, and then to {@code <topic>.dlt}.
     *
     * @param lanes from 1 to 65,536
     */
    public static OrderedOptions lanes(int lanes) {
        int inFlight = (int) Math.min(MAX_IN_FLIGHT, (long) lanes * IN_FLIGHT_PER_LANE);
        return new OrderedOptions(lanes, inFlight, 32 << 20, RetryPolicy.attempts(5), OnFailure.deadLetter());
    }

    public OrderedOptions withMaxInFlight(int records) {
        return new OrderedOptions(lanes, records, maxInFlightBytes, retry, onFailure);
    }

    public OrderedOptions withMaxInFlightBytes(long bytes) {
        return new OrderedOptions(lanes, maxInFlight, bytes, retry, onFailure);
    }

    public OrderedOptions withRetry(RetryPolicy value) {
        return new OrderedOptions(lanes, maxInFlight, maxInFlightBytes, value, onFailure);
    }

    public OrderedOptions withOnFailure(OnFailure value) {
        return new OrderedOptions(lanes, maxInFlight, maxInFlightBytes, retry, value);
    }
}
