package io.penstock.core.protocol;

import java.util.List;

/** Looks offsets up by position or by time, for several partitions at once; each has its own error. */
public final class ListOffsets {

    /** Asks for the high watermark. */
    public static final long LATEST = -1;

    /** Asks for the log start offset. */
    public static final long EARLIEST = -2;

    /** Asks for the offset of the record with the greatest timestamp. */
    public static final long MAX_TIMESTAMP = -3;

    private ListOffsets() {}

    public record Request(int version, List<Query> queries) implements Versioned {}

    /**
     * @param timestamp {@link #LATEST}, {@link #EARLIEST}, {@link #MAX_TIMESTAMP}, or milliseconds since the epoch: the
     *     first record whose timestamp is that or later
     * @param leaderEpoch the epoch that the client believes in, or -1
     */
    public record Query(String topic, int partition, long timestamp, int leaderEpoch) {}

    public record Response(List<Answer> answers) {}

    /**
     * @param error the number of an error of the table, 0 for none
     * @param offset the offset, or -1 if no record is that late
     * @param timestamp the record's timestamp in milliseconds, or -1
     * @param leaderEpoch the epoch in which the record was appended, or -1
     */
    public record Answer(String topic, int partition, int error, long offset, long timestamp, int leaderEpoch) {}
}
