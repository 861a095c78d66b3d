package io.penstock.core.protocol;

import java.util.List;

/** The bodies of the verb that deletes the first records of partitions. */
public final class DeleteRecords {

    /** As {@link Target#beforeOffset}: all that consumers can read now. */
    public static final long HIGH_WATERMARK = -1;

    private DeleteRecords() {}

    /** @param targets each is answered by itself */
    public record Request(int version, List<Target> targets) implements Versioned {}

    /**
     * @param leaderEpoch what the client believes in, or -1
     * @param beforeOffset the first offset that stays, or {@value #HIGH_WATERMARK}
     */
    public record Target(String topic, int partition, int leaderEpoch, long beforeOffset) {}

    public record Response(List<Answer> answers) {}

    /**
     * @param error a number of the error table, 0 for none
     * @param logStartOffset the first offset that can be read now, -1 with an error
     */
    public record Answer(String topic, int partition, int error, long logStartOffset) {}
}
