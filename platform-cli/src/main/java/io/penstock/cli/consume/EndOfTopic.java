package io.penstock.cli.consume;

import io.penstock.core.protocol.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Tells when every partition has been read up to what was its end at some moment. Used by one thread at a time. */
final class EndOfTopic {

    private final Map<Integer, Long> open = new HashMap<>();
    private final boolean never;

    private EndOfTopic(boolean never) {
        this.never = never;
    }

    /** One that is never reached. */
    static EndOfTopic never() {
        return new EndOfTopic(true);
    }

    /** The ends that a description tells, of some of its partitions; empty partitions are at their end already. */
    static EndOfTopic of(Topics.Description topic, Set<Integer> partitions) {
        EndOfTopic end = new EndOfTopic(false);
        for (Topics.PartitionDescription partition : topic.partitions()) {
            boolean hasRecords = partition.highWatermark() > partition.logStartOffset();
            if (hasRecords && partitions.contains(partition.partition())) {
                end.open.put(partition.partition(), partition.highWatermark());
            }
        }
        return end;
    }

    /** Takes note that a partition was read up to an offset, exclusive. */
    void passed(int partition, long nextOffset) {
        open.computeIfPresent(partition, (number, end) -> nextOffset >= end ? null : end);
    }

    boolean isReached() {
        return !never && open.isEmpty();
    }
}
