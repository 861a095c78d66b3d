package io.penstock.client.group;

import io.penstock.client.connection.BrokerSession;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.GroupCoordinator;
import io.penstock.core.protocol.Verb;
import java.util.List;
import reactor.core.publisher.Mono;

/** Finds the broker that coordinates a group, and asks it. What failed is looked up anew. Safe for any thread. */
final class Coordinator {

    private static final int VERSION = 1;
    private static final int UNKNOWN = -1;

    private final String group;
    private final ClusterMetadata metadata;
    private volatile int brokerId = UNKNOWN;

    Coordinator(String group, ClusterMetadata metadata) {
        this.group = group;
        this.metadata = metadata;
    }

    /** The next use finds it anew. */
    void forget() {
        brokerId = UNKNOWN;
    }

    /** A session with the coordinator, waited for. */
    Mono<BrokerSession> session() {
        return Mono.defer(() -> {
            int known = brokerId;
            return known != UNKNOWN ? metadata.broker(known) : find().flatMap(this::broker);
        });
    }

    private Mono<Integer> find() {
        return metadata.ask(
                        Verb.GROUP_COORDINATOR,
                        new GroupCoordinator.Request(VERSION, group),
                        GroupCoordinator.Response.class)
                .map(GroupCoordinator.Response::brokerId)
                .doOnNext(found -> brokerId = found);
    }

    private Mono<BrokerSession> broker(int id) {
        return metadata.broker(id)
                .onErrorResume(
                        Coordinator::isUnheardOf,
                        unknown -> metadata.fetch(List.of(), false).then(metadata.broker(id)));
    }

    private static boolean isUnheardOf(Throwable error) {
        return error instanceof PenstockException known && known.code() == ErrorCode.LEADER_NOT_AVAILABLE;
    }

    /** Asks the coordinator, at most for the request timeout in all. */
    <T> Mono<T> ask(Verb verb, Object body, Class<T> answer) {
        return metadata.ask(session(), verb, body, answer).doOnError(error -> forget());
    }
}
