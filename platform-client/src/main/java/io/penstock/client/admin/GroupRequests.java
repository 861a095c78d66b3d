package io.penstock.client.admin;

import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupCoordinator;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.GroupOffsets.TopicPartitionNames;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.Versioned;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** The operations on groups as requests to their coordinators. One that is loading is asked again for a while. */
final class GroupRequests {

    private static final int VERSION = 1;
    private static final int RETRIES = 8;
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(50);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(1);
    private static final Set<ErrorCode> PASSING = EnumSet.of(
            ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR);

    private final ClusterMetadata metadata;
    private final NodeRuntime runtime;

    GroupRequests(ClusterMetadata metadata, NodeRuntime runtime) {
        this.metadata = metadata;
        this.runtime = runtime;
    }

    /** All brokers' groups. */
    Flux<Groups.Listing> list() {
        Groups.ListRequest request = new Groups.ListRequest(VERSION, null);
        return metadata.fetch(List.of(), false)
                .flatMapIterable(Metadata.Image::brokers)
                .concatMap(broker -> again(metadata.ask(
                        metadata.broker(broker.id()), Verb.LIST_GROUPS, request, Groups.ListResponse.class)))
                .concatMapIterable(Groups.ListResponse::groups);
    }

    Mono<Groups.Description> describe(String group) {
        Groups.DescribeRequest request = new Groups.DescribeRequest(VERSION, List.of(group));
        return askCoordinator(group, Verb.DESCRIBE_GROUPS, request, Groups.DescribeResponse.class)
                .map(response -> response.groups().get(0));
    }

    Mono<Void> delete(String group) {
        Groups.DeleteRequest request = new Groups.DeleteRequest(VERSION, List.of(group));
        return askCoordinator(group, Verb.DELETE_GROUPS, request, Groups.DeleteResponse.class)
                .doOnNext(response ->
                        check("group " + group, response.answers().get(0).error()))
                .then();
    }

    Mono<Map<TopicPartition, CommittedOffset>> offsets(String group) {
        GroupOffsets.Fetch request =
                new GroupOffsets.Fetch(VERSION, group, GroupOffsets.NO_MEMBER, GroupOffsets.NO_EPOCH, null, false);
        return askCoordinator(group, Verb.FETCH_OFFSETS, request, GroupOffsets.FetchResponse.class)
                .map(GroupRequests::committed);
    }

    private static Map<TopicPartition, CommittedOffset> committed(GroupOffsets.FetchResponse response) {
        Map<TopicPartition, CommittedOffset> offsets = new HashMap<>();
        for (GroupOffsets.Committed committed : response.offsets()) {
            TopicPartition partition = new TopicPartition(committed.topic(), committed.partition());
            check(partition.toString(), committed.error());
            if (committed.offset() != GroupOffsets.NO_OFFSET) {
                offsets.put(
                        partition,
                        new CommittedOffset(
                                committed.offset(),
                                committed.leaderEpoch(),
                                committed.metadata(),
                                Instant.ofEpochMilli(committed.commitTimestamp())));
            }
        }
        return Map.copyOf(offsets);
    }

    /** Commits for a group without members. */
    Mono<Void> commit(String group, Map<TopicPartition, Long> offsets) {
        List<GroupOffsets.Entry> entries = offsets.entrySet().stream()
                .map(entry -> new GroupOffsets.Entry(
                        entry.getKey().topic(), null, entry.getKey().partition(), entry.getValue(), -1, null, null))
                .toList();
        GroupOffsets.Commit request =
                new GroupOffsets.Commit(VERSION, group, GroupOffsets.NO_MEMBER, GroupOffsets.NO_EPOCH, null, entries);
        return askCoordinator(group, Verb.COMMIT_OFFSETS, request, GroupOffsets.CommitResponse.class)
                .doOnNext(response -> {
                    checkNobodyJoined(group, response.answers());
                    check(response.answers());
                })
                .then();
    }

    Mono<Void> deleteOffsets(String group, Collection<TopicPartition> partitions) {
        Map<String, List<Integer>> byTopic = partitions.stream()
                .collect(Collectors.groupingBy(
                        TopicPartition::topic, Collectors.mapping(TopicPartition::partition, Collectors.toList())));
        GroupOffsets.Delete request = new GroupOffsets.Delete(
                VERSION,
                group,
                byTopic.entrySet().stream()
                        .map(topic -> new TopicPartitionNames(topic.getKey(), topic.getValue()))
                        .toList());
        return askCoordinator(group, Verb.DELETE_OFFSETS, request, GroupOffsets.DeleteResponse.class)
                .doOnNext(response -> check(response.answers()))
                .then();
    }

    private <T> Mono<T> askCoordinator(String group, Verb verb, Versioned body, Class<T> answer) {
        GroupCoordinator.Request where = new GroupCoordinator.Request(VERSION, group);
        return again(metadata.fetch(List.of(), false)
                .then(metadata.ask(Verb.GROUP_COORDINATOR, where, GroupCoordinator.Response.class))
                .flatMap(place -> metadata.ask(metadata.broker(place.brokerId()), verb, body, answer)));
    }

    private <T> Mono<T> again(Mono<T> asked) {
        return asked.retryWhen(Retry.backoff(RETRIES, FIRST_BACKOFF)
                .maxBackoff(MAX_BACKOFF)
                .scheduler(runtime.timers())
                .filter(error -> error instanceof PenstockException known && PASSING.contains(known.code()))
                .onRetryExhaustedThrow((spec, signal) -> signal.failure()));
    }

    /** A group without members takes commits of anybody: if it does not know who commits, there is a member by now. */
    private static void checkNobodyJoined(String group, List<GroupOffsets.CommitAnswer> answers) {
        if (answers.stream().anyMatch(answer -> answer.error() == ErrorCode.UNKNOWN_MEMBER_ID.number())) {
            throw new PenstockException(
                    ErrorCode.NON_EMPTY_GROUP,
                    "group " + group + " has members: somebody has joined meanwhile, and nothing was committed");
        }
    }

    private static void check(List<GroupOffsets.CommitAnswer> answers) {
        answers.forEach(
                answer -> check(new TopicPartition(answer.topic(), answer.partition()).toString(), answer.error()));
    }

    static void check(String what, int number) {
        ErrorCode error = ErrorCode.ofNumber(number);
        if (error != ErrorCode.NONE) {
            throw new PenstockException(error, what + ": " + error.meaning());
        }
    }
}
