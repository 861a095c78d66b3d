package io.penstock.client.admin;

import io.penstock.client.connection.Connections;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.client.metadata.TopicView;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.DeleteRecords;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The operations as requests to brokers: offsets and deletions to each partition's leader, everything else to any. */
public final class RequestingAdmin implements Admin {

    private static final int VERSION = 1;

    private final ClusterMetadata metadata;
    private final NodeRuntime runtime;
    private final BooleanSupplier closed;
    private final GroupRequests groups;

    /**
     * @param runtime results are signalled on its workers
     * @param closed whether the client was closed, and nothing is asked any more
     */
    public RequestingAdmin(ClusterMetadata metadata, NodeRuntime runtime, BooleanSupplier closed) {
        this.metadata = metadata;
        this.runtime = runtime;
        this.closed = closed;
        this.groups = new GroupRequests(metadata, runtime);
    }

    @Override
    public Mono<Topics.Description> createTopic(NewTopic topic) {
        return create(topic, false);
    }

    @Override
    public Mono<Topics.Description> validateTopic(NewTopic topic) {
        return create(topic, true);
    }

    private Mono<Topics.Description> create(NewTopic topic, boolean validateOnly) {
        Topics.CreateRequest request = new Topics.CreateRequest(
                VERSION, topic.name(), topic.partitions(), topic.replicationFactor(), topic.settings(), validateOnly);
        return ask(Verb.CREATE_TOPIC, request, Topics.Description.class);
    }

    @Override
    public Mono<List<Topics.Listing>> topics() {
        return list(false);
    }

    @Override
    public Mono<List<Topics.Listing>> allTopics() {
        return list(true);
    }

    private Mono<List<Topics.Listing>> list(boolean includeInternal) {
        return ask(Verb.LIST_TOPICS, new Topics.ListRequest(VERSION, includeInternal), Topics.ListResponse.class)
                .map(Topics.ListResponse::topics);
    }

    @Override
    public Mono<Topics.Description> describeTopic(String name) {
        return ask(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(VERSION, name), Topics.Description.class);
    }

    @Override
    public Mono<Topics.DeleteResponse> deleteTopic(String name) {
        return ask(Verb.DELETE_TOPIC, new Topics.DeleteRequest(VERSION, name, null), Topics.DeleteResponse.class);
    }

    @Override
    public Mono<Metadata.Image> cluster() {
        return answer(metadata.fetch(List.of(), false));
    }

    @Override
    public Mono<Topics.Description> alterTopic(String name, Map<String, String> set, Set<String> unset) {
        return alter(new Topics.AlterRequest(
                VERSION, name, Topics.SAME_PARTITIONS, Map.copyOf(set), List.copyOf(unset), false));
    }

    @Override
    public Mono<Topics.Description> addPartitions(String name, int partitions) {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions must be 1 or more, was " + partitions);
        }
        return alter(new Topics.AlterRequest(VERSION, name, partitions, null, null, false));
    }

    private Mono<Topics.Description> alter(Topics.AlterRequest request) {
        return ask(Verb.ALTER_TOPIC, request, Topics.Description.class);
    }

    @Override
    public Mono<List<Groups.Listing>> listGroups() {
        return answer(groups.list().collectSortedList(Comparator.comparing(Groups.Listing::group)));
    }

    @Override
    public Mono<Groups.Description> describeGroup(String group) {
        return answer(groups.describe(group)
                .doOnNext(description -> GroupRequests.check("group " + group, description.error())));
    }

    @Override
    public Mono<Map<TopicPartition, CommittedOffset>> groupOffsets(String group) {
        return answer(groups.offsets(group));
    }

    @Override
    public Mono<Void> deleteGroup(String group) {
        return answer(groups.delete(group));
    }

    @Override
    public Mono<Void> deleteGroupOffsets(String group, Set<TopicPartition> partitions) {
        return answer(groups.deleteOffsets(group, Set.copyOf(partitions)));
    }

    @Override
    public Mono<Map<TopicPartition, ResetOffset>> resetOffsets(
            String group, Map<TopicPartition, OffsetTarget> targets, boolean isDryRun) {
        Map<TopicPartition, OffsetTarget> asked = Map.copyOf(targets);
        return answer(groups.describe(group)
                .doOnNext(RequestingAdmin::ensureEmpty)
                .then(Mono.zip(resolved(asked), groups.offsets(group)))
                .flatMap(found -> {
                    Map<TopicPartition, ResetOffset> plan = plan(found.getT1(), found.getT2());
                    Mono<Void> done = isDryRun ? Mono.empty() : groups.commit(group, found.getT1());
                    return done.thenReturn(plan);
                }));
    }

    private static void ensureEmpty(Groups.Description group) {
        int members = group.members().size();
        if (members > 0) {
            throw new PenstockException(
                    ErrorCode.NON_EMPTY_GROUP,
                    "group " + group.group() + " has " + members
                            + (members == 1 ? " member: stop it" : " members: stop them") + ", then reset its offsets");
        }
    }

    private static Map<TopicPartition, ResetOffset> plan(
            Map<TopicPartition, Long> after, Map<TopicPartition, CommittedOffset> before) {
        Map<TopicPartition, ResetOffset> plan = new HashMap<>();
        after.forEach((partition, offset) -> {
            CommittedOffset known = before.get(partition);
            plan.put(partition, new ResetOffset(known == null ? GroupOffsets.NO_OFFSET : known.offset(), offset));
        });
        return Map.copyOf(plan);
    }

    /** The offsets that are meant, within what the logs have. */
    private Mono<Map<TopicPartition, Long>> resolved(Map<TopicPartition, OffsetTarget> targets) {
        Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        Map<TopicPartition, OffsetSpec> looked = new HashMap<>();
        targets.forEach((partition, target) -> {
            earliest.put(partition, OffsetSpec.earliest());
            latest.put(partition, OffsetSpec.latest());
            if (target instanceof OffsetTarget.Looked spec) {
                looked.put(partition, spec.spec());
            } else if (target instanceof OffsetTarget.Ago ago) {
                looked.put(partition, OffsetSpec.timestamp(before(ago.duration())));
            }
        });
        return Mono.zip(listOffsets(earliest), listOffsets(latest), listOffsets(looked))
                .map(found -> {
                    Map<TopicPartition, Long> offsets = new HashMap<>();
                    targets.forEach((partition, target) -> {
                        long start = found.getT1().get(partition).offset();
                        long end = found.getT2().get(partition).offset();
                        long wanted = target instanceof OffsetTarget.Exact exact
                                ? exact.offset()
                                : found.getT3().get(partition).offset();
                        // no record is so late as the time that was asked for
                        offsets.put(partition, wanted < 0 ? end : Math.min(end, Math.max(start, wanted)));
                    });
                    return offsets;
                });
    }

    private Instant before(Duration age) {
        Instant now = runtime.clock().instant();
        return age.compareTo(Duration.between(Instant.EPOCH, now)) > 0 ? Instant.EPOCH : now.minus(age);
    }

    @Override
    public Mono<Map<TopicPartition, ListedOffset>> listOffsets(Map<TopicPartition, OffsetSpec> specs) {
        Map<TopicPartition, OffsetSpec> asked = Map.copyOf(specs);
        return answer(byLeader(asked.keySet())
                .flatMap(leader -> askOffsets(leader.getKey(), leader.getValue(), asked))
                .collect(HashMap<TopicPartition, ListedOffset>::new, RequestingAdmin::collect)
                .map(Map::copyOf));
    }

    @Override
    public Mono<Map<TopicPartition, Long>> deleteRecords(Map<TopicPartition, Long> beforeOffsets) {
        Map<TopicPartition, Long> asked = Map.copyOf(beforeOffsets);
        return answer(byLeader(asked.keySet())
                .flatMap(leader -> askDeletion(leader.getKey(), leader.getValue(), asked))
                .collect(HashMap<TopicPartition, Long>::new, RequestingAdmin::collect)
                .map(Map::copyOf));
    }

    private Flux<Map.Entry<Integer, List<TopicPartition>>> byLeader(Set<TopicPartition> partitions) {
        List<String> topics =
                partitions.stream().map(TopicPartition::topic).distinct().toList();
        return metadata.fetch(topics, false)
                .map(image -> byLeader(image, partitions))
                .flatMapIterable(Map::entrySet);
    }

    private static Map<Integer, List<TopicPartition>> byLeader(Metadata.Image image, Set<TopicPartition> partitions) {
        Map<String, TopicView> topics = new HashMap<>();
        image.topics().forEach(topic -> topics.put(topic.name(), ClusterMetadata.view(topic)));
        Map<Integer, List<TopicPartition>> byLeader = new HashMap<>();
        for (TopicPartition partition : partitions) {
            TopicView topic = topics.get(partition.topic());
            if (topic == null || partition.partition() >= topic.partitionCount()) {
                throw new PenstockException(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no partition " + partition);
            }
            int leader = topic.partitions().get(partition.partition()).leader();
            byLeader.computeIfAbsent(leader, id -> new ArrayList<>()).add(partition);
        }
        return byLeader;
    }

    private Flux<DeleteRecords.Answer> askDeletion(
            int leader, List<TopicPartition> partitions, Map<TopicPartition, Long> beforeOffsets) {
        List<DeleteRecords.Target> targets = partitions.stream()
                .map(partition -> new DeleteRecords.Target(
                        partition.topic(), partition.partition(), -1, beforeOffsets.get(partition)))
                .toList();
        DeleteRecords.Request request = new DeleteRecords.Request(VERSION, targets);
        return metadata.ask(metadata.broker(leader), Verb.DELETE_RECORDS, request, DeleteRecords.Response.class)
                .flatMapIterable(DeleteRecords.Response::answers)
                .doOnNext(answer -> checkRange(answer, beforeOffsets));
    }

    private static void checkRange(DeleteRecords.Answer answer, Map<TopicPartition, Long> beforeOffsets) {
        TopicPartition partition = new TopicPartition(answer.topic(), answer.partition());
        if (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE.number()) {
            throw new PenstockException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    partition + " can't be deleted up to offset " + beforeOffsets.get(partition)
                            + ": that is above its high watermark, and only records that can be read can be deleted");
        }
    }

    private static void collect(Map<TopicPartition, Long> starts, DeleteRecords.Answer answer) {
        TopicPartition partition = new TopicPartition(answer.topic(), answer.partition());
        check(partition, answer.error());
        starts.put(partition, answer.logStartOffset());
    }

    private Flux<ListOffsets.Answer> askOffsets(
            int leader, List<TopicPartition> partitions, Map<TopicPartition, OffsetSpec> specs) {
        List<ListOffsets.Query> queries = partitions.stream()
                .map(partition -> new ListOffsets.Query(
                        partition.topic(),
                        partition.partition(),
                        specs.get(partition).wireValue(),
                        -1))
                .toList();
        ListOffsets.Request request = new ListOffsets.Request(VERSION, queries);
        return metadata.ask(metadata.broker(leader), Verb.LIST_OFFSETS, request, ListOffsets.Response.class)
                .flatMapIterable(ListOffsets.Response::answers);
    }

    private static void collect(Map<TopicPartition, ListedOffset> offsets, ListOffsets.Answer answer) {
        TopicPartition partition = new TopicPartition(answer.topic(), answer.partition());
        check(partition, answer.error());
        offsets.put(partition, new ListedOffset(answer.offset(), answer.timestamp(), answer.leaderEpoch()));
    }

    private static void check(TopicPartition partition, int number) {
        ErrorCode error = ErrorCode.ofNumber(number);
        if (error != ErrorCode.NONE) {
            throw new PenstockException(error, partition + ": " + error.meaning());
        }
    }

    private <T> Mono<T> ask(Verb verb, Object body, Class<T> answer) {
        return answer(metadata.ask(verb, body, answer));
    }

    private <T> Mono<T> answer(Mono<T> asked) {
        return Mono.defer(() ->
                closed.getAsBoolean() ? Mono.error(Connections.closedError()) : asked.publishOn(runtime.workers()));
    }
}
