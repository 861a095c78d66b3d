package io.penstock.cli.consume;

import io.penstock.core.model.TopicPartition;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Tells when every partition has been read up to what was its end at some moment. Safe for any thread. */
final class EndOfTopic {

    private final Map<TopicPartition, Long> open = new ConcurrentHashMap<>();
    private final Sinks.Empty<Void> reached = Sinks.empty();
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
        if (isReached()) {
            reached.tryEmitEmpty();
        }
    }

    boolean isReached() {
        return !never && open.isEmpty();
    }

    /** Completes when it is reached. */
    Mono<Void> reached() {
        return reached.asMono();
    }
}
