package io.penstock.client.consumer;

import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Verb;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Makes offsets of start positions: asks the partitions' leader where that is needed, for all of them together. */
final class StartOffsets {

    private static final int VERSION = 1;

    /** The offset that a position means, or why it is not known. */
    record Found(long offset, @Nullable PenstockException error) {}

    private final ClusterMetadata metadata;

    StartOffsets(ClusterMetadata metadata) {
        this.metadata = metadata;
    }

    /** What a position means at this moment: one that counts back from now becomes a point in time. */
    static StartPosition fix(StartPosition position, Clock clock) {
        return position instanceof StartPosition.Ago ago ? ago.before(clock.instant()) : position;
    }

    /**
     * The offsets that fixed positions mean in partitions of one leader. Asks on subscription; signals on the
     * connection's thread. Fails only if there is no answer at all.
     */
    Mono<Map<TopicPartition, Found>> resolve(int leader, Map<TopicPartition, StartPosition> positions) {
        Map<TopicPartition, Found> found = new HashMap<>();
        List<ListOffsets.Query> ends = new ArrayList<>();
        List<ListOffsets.Query> times = new ArrayList<>();
        positions.forEach((partition, position) -> {
            if (position instanceof StartPosition.Offset offset) {
                found.put(partition, new Found(offset.offset(), null));
            } else if (position instanceof StartPosition.Earliest) {
                ends.add(query(partition, ListOffsets.EARLIEST));
            } else {
                ends.add(query(partition, ListOffsets.LATEST));
            }
            if (position instanceof StartPosition.Timestamp time) {
                times.add(query(partition, time.timestamp().toEpochMilli()));
            }
        });
        // the ends first: a record that is appended between the questions is after them, or found by its time
        return ask(leader, ends)
                .flatMap(atEnds -> ask(leader, times).map(atTimes -> {
                    found.putAll(atEnds);
                    atTimes.forEach((partition, answer) -> {
                        if (answer.error != null || answer.offset >= 0) {
                            found.put(partition, answer);
                        }
                    });
                    return found;
                }));
    }

    private static ListOffsets.Query query(TopicPartition partition, long timestamp) {
        return new ListOffsets.Query(partition.topic(), partition.partition(), timestamp, -1);
    }

    private Mono<Map<TopicPartition, Found>> ask(int leader, List<ListOffsets.Query> queries) {
        return queries.isEmpty()
                ? Mono.just(Map.of())
                : metadata.ask(
                                metadata.broker(leader),
                                Verb.LIST_OFFSETS,
                                new ListOffsets.Request(VERSION, queries),
                                ListOffsets.Response.class)
                        .map(StartOffsets::answers);
    }

    private static Map<TopicPartition, Found> answers(ListOffsets.Response response) {
        Map<TopicPartition, Found> answers = new HashMap<>();
        for (ListOffsets.Answer answer : response.answers()) {
            TopicPartition partition = new TopicPartition(answer.topic(), answer.partition());
            ErrorCode error = ErrorCode.ofNumber(answer.error());
            answers.put(
                    partition,
                    error == ErrorCode.NONE
                            ? new Found(answer.offset(), null)
                            : new Found(-1, new PenstockException(error, partition + ": " + error.meaning())));
        }
        return answers;
    }
}
