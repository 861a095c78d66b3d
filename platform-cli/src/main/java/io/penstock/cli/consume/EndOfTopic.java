package io.penstock.cli.consume;

import io.penstock.core.model.TopicPartition;
import java.util.HashMap;
import java.util.Map;

/** Tells when every partition has been read up to what was its end at some moment. Used by one thread at a time. */
final class EndOfTopic {

    private final Map<TopicPartition, Long> open = new HashMap<>();
    private final boolean never;

    private EndOfTopic(boolean never) {
        this.never = never;
    }

    /** One that is never reached. */
    static EndOfTopic never() {
        return new EndOfTopic(true);
    }

    /** The end of what is to be read; reached already if that is nothing. */
    static EndOfTopic of(Map<TopicPartition, OffsetRange> ranges) {
        EndOfTopic end = new EndOfTopic(false);
        ranges.forEach((partition, range) -> end.open.put(partition, range.end()));
        return end;
    }

    /** Takes note that a partition was read up to an offset, exclusive. */
    void passed(TopicPartition partition, long nextOffset) {
        open.computeIfPresent(partition, (key, end) -> nextOffset >= end ? null : end);
    }

    boolean isReached() {
        return !never && open.isEmpty();
    }
}
