package io.penstock.client.consumer;

import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Verb;
import java.time.Clock;
import java.util.List;
import reactor.core.publisher.Mono;

/** Makes offsets of start positions: asks each partition's leader where that is needed. */
final class StartOffsets {

    private static final int VERSION = 1;

    private final ClusterMetadata metadata;

    StartOffsets(ClusterMetadata metadata) {
        this.metadata = metadata;
    }

    /** What a position means at this moment: one that counts back from now becomes a point in time. */
    static StartPosition fix(StartPosition position, Clock clock) {
        return position instanceof StartPosition.Ago ago ? ago.before(clock.instant()) : position;
    }

    /** The offset that a fixed position means. Asks on subscription; signals on the connection's thread. */
    Mono<Long> resolve(TopicPartition partition, int leader, StartPosition position) {
        if (position instanceof StartPosition.Offset offset) {
            return Mono.just(offset.offset());
        }
        if (position instanceof StartPosition.Timestamp timestamp) {
            // the end first: a record that is appended between the questions is after it, or found by its time
            return ask(partition, leader, ListOffsets.LATEST)
                    .flatMap(end -> ask(partition, leader, timestamp.timestamp().toEpochMilli())
                            .map(offset -> offset >= 0 ? offset : end));
        }
        boolean earliest = position instanceof StartPosition.Earliest;
        return ask(partition, leader, earliest ? ListOffsets.EARLIEST : ListOffsets.LATEST);
    }

    private Mono<Long> ask(TopicPartition partition, int leader, long timestamp) {
        ListOffsets.Query query = new ListOffsets.Query(partition.topic(), partition.partition(), timestamp, -1);
        return metadata.ask(
                        metadata.broker(leader),
                        Verb.LIST_OFFSETS,
                        new ListOffsets.Request(VERSION, List.of(query)),
                        ListOffsets.Response.class)
                .map(response -> offset(partition, response));
    }

    private static long offset(TopicPartition partition, ListOffsets.Response response) {
        for (ListOffsets.Answer answer : response.answers()) {
            ErrorCode error = ErrorCode.ofNumber(answer.error());
            if (error != ErrorCode.NONE) {
                throw new PenstockException(error, partition + ": " + error.meaning());
            }
            return answer.offset();
        }
        throw new PenstockException(ErrorCode.INVALID_REQUEST, partition + ": the broker gave no answer");
    }
}
