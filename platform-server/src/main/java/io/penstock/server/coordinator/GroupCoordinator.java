package io.penstock.server.coordinator;

import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicNames;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.server.controller.MetadataImages;
import io.penstock.server.controller.TopicController;
import io.penstock.server.coordinator.decision.Decision;
import io.penstock.server.coordinator.group.GroupState;
import io.penstock.server.coordinator.group.MemberKey;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.storage.PartitionStore;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Coordinates the groups that belong to this broker: each to the one that leads the group's partition of {@value
 * TopicNames#CONSUMER_OFFSETS}, which comes into being when a group is first asked for.
 *
 * <p>Every Mono begins its work when it is subscribed to, and a cancel does not take that back; answers come when what
 * they say is committed, on a worker. Errors, beside those that each names: COORDINATOR_LOAD_IN_PROGRESS,
 * COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, BROKER_CLOSING, BROKER_OVERLOADED, and INVALID_GROUP_ID. Safe for any
 * thread; nothing blocks.
 */
public final class GroupCoordinator {

    /**
     * Where a group is coordinated.
     *
     * @param partition the partition of the internal topic
     * @param leader who leads it
     */
    public record Place(int partition, PartitionRecord leader) {}

    private final GroupCoordinatorSettings settings;
    private final MetadataImages metadata;
    private final TopicController topics;
    private final CoordinatorMetrics metrics;
    private final ShardSet<GroupMachine> shards;
    private final BaseSubscriber<MetadataImage> images = new BaseSubscriber<>() {
        @Override
        protected void hookOnNext(MetadataImage image) {
            onImage(image);
        }
    };

    /** What shards were last told of. Guarded by this. */
    private MetadataImage known = MetadataImage.EMPTY;

    /** The creation of the topic, if it was this one that had to; guarded by this. */
    private @Nullable Mono<Void> creation;

    public GroupCoordinator(
            GroupCoordinatorSettings settings,
            MetadataImages metadata,
            TopicController topics,
            PartitionStore partitions,
            NodeRuntime runtime,
            MeterRegistry registry) {
        this.settings = settings;
        this.metadata = metadata;
        this.topics = topics;
        this.metrics = new CoordinatorMetrics(registry);
        this.shards = new ShardSet<>(
                TopicNames.CONSUMER_OFFSETS,
                settings.brokerId(),
                partitions,
                () -> new GroupMachine(new GroupState(settings.groups()), metadata::image, metrics),
                new ShardRuntime(
                        task -> runtime.workers().schedule(task),
                        runtime.readers(),
                        runtime.timers(),
                        new SteadyClock(runtime.clock(), runtime.nanoTime()),
                        metrics));
    }

    /** Begins to follow the metadata, and to load the groups that are there. */
    public void start() {
        metadata.images().subscribe(images);
    }

    private synchronized void onImage(MetadataImage image) {
        if (image.epoch() < known.epoch()) {
            return; // a newer one was looked at already
        }
        shards.onImage(image);
        boolean isNews = !List.copyOf(image.topics()).equals(List.copyOf(known.topics()));
        known = image;
        if (isNews) {
            // one that is loading looks at the image itself
            shards.all()
                    .forEach(shard -> shard.decide((groups, nowMs) -> groups.onTopics(image, nowMs))
                            .subscribe(done -> {}, refused -> {}));
        }
    }

    private Mono<CoordinatorShard<GroupMachine>> shardOf(@Nullable String group) {
        return Mono.defer(() -> {
            ensureId(group);
            return topicReady().then(Mono.fromSupplier(() -> shards.shardOf(group)));
        });
    }

    private static void ensureId(@Nullable String group) {
        if (group == null || group.isEmpty()) {
            throw new PenstockException(ErrorCode.INVALID_GROUP_ID, "the request does not name the group");
        }
    }

    /** Where the topic has to be created, all who come meanwhile wait for that, and for its shards. */
    private synchronized Mono<Void> topicReady() {
        Mono<Void> begun = creation;
        if (begun == null && shards.exists()) {
            return Mono.empty();
        }
        if (begun == null) {
            begun = createTopic().doOnError(error -> forgetCreation()).cache();
            creation = begun;
        }
        return begun;
    }

    private synchronized void forgetCreation() {
        creation = null;
    }

    private Mono<Void> createTopic() {
        return topics.createInternal(TopicNames.CONSUMER_OFFSETS, settings.partitions(), OffsetsTopic.SETTINGS)
                .then(Mono.defer(() -> {
                    onImage(metadata.image());
                    return Mono.when(shards.all().stream()
                            .map(CoordinatorShard::whenLoaded)
                            .toList());
                }));
    }

    private <A> Mono<A> decide(@Nullable String group, CoordinatorShard.Decider<GroupMachine, A> decider) {
        return shardOf(group).flatMap(shard -> shard.decide(decider));
    }

    /** Says who coordinates a group. */
    public Mono<Place> placeOf(@Nullable String group) {
        return Mono.defer(() -> {
            ensureId(group);
            return topicReady().then(Mono.fromSupplier(() -> {
                int partition = shards.partitionOf(group);
                return new Place(partition, shards.partition(partition));
            }));
        });
    }

    /**
     * Lets a member in, or back in: its assignments go to the channel, the first of them before this completes. Errors: as
     * {@link GroupState#join}.
     *
     * @param host where the member's connection comes from
     */
    public Mono<Void> join(Membership.Join join, String host, MemberChannel channel) {
        return decide(join.group(), (groups, nowMs) -> groups.join(join, host, channel, nowMs))
                .then();
    }

    /**
     * Hears a member's report; after a leave the channel completes. One of a channel that is not the member's newest is
     * passed over. Errors: as {@link GroupState#report}.
     */
    public Mono<Void> report(MemberKey member, MemberChannel channel, Membership.Report report) {
        return decide(member.group(), (groups, nowMs) -> groups.report(member, channel, report, nowMs))
                .then();
    }

    /** A member's channel has ended, and its session goes on. */
    public void ended(MemberKey member, MemberChannel channel) {
        decide(member.group(), (groups, nowMs) -> groups.ended(member, channel, nowMs))
                .subscribe(done -> {}, refused -> {}); // a shard that is no more has no channels
    }

    /** Commits offsets, each with an error of its own. */
    public Mono<GroupOffsets.CommitResponse> commit(GroupOffsets.Commit commit) {
        return decide(commit.group(), (groups, nowMs) -> groups.commit(commit, nowMs));
    }

    /** The committed offsets of a group. Errors: as {@link GroupState#offsets}. */
    public Mono<GroupOffsets.FetchResponse> offsets(GroupOffsets.Fetch fetch) {
        return decide(
                fetch.group(),
                (groups, nowMs) -> Decision.unchanged(groups.groups().offsets(fetch)));
    }

    /** Deletes offsets of a group. Errors: as {@link GroupState#deleteOffsets}. */
    public Mono<GroupOffsets.DeleteResponse> deleteOffsets(GroupOffsets.Delete delete) {
        return decide(delete.group(), (groups, nowMs) -> groups.groups().deleteOffsets(delete, nowMs));
    }

    /** The groups that this broker coordinates, by id. */
    public Mono<Groups.ListResponse> list(Groups.ListRequest request) {
        Set<String> states = request.states() == null
                ? Set.of()
                : request.states().stream()
                        .map(state -> state.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
        return Flux.defer(() -> Flux.fromIterable(shards.all()))
                .concatMap(shard -> shard.decide(
                        (groups, nowMs) -> Decision.unchanged(groups.groups().list())))
                .concatMapIterable(listings -> listings)
                .filter(listing ->
                        states.isEmpty() || states.contains(listing.state().toLowerCase(Locale.ROOT)))
                .sort(Comparator.comparing(Groups.Listing::group))
                .collectList()
                .map(Groups.ListResponse::new);
    }

    /** Describes groups, each with an error of its own. */
    public Mono<Groups.DescribeResponse> describe(Groups.DescribeRequest request) {
        return eachOf(request.groups())
                .concatMap(group ->
                        describe(group).onErrorResume(PenstockException.class, e -> Mono.just(failed(group, e.code()))))
                .collectList()
                .map(Groups.DescribeResponse::new);
    }

    private Mono<Groups.Description> describe(String group) {
        return this.<Groups.Description>decide(
                        group,
                        (groups, nowMs) -> Decision.unchanged(groups.groups().describe(group)))
                .map(this::withCoordinator);
    }

    private Groups.Description withCoordinator(Groups.Description known) {
        return new Groups.Description(
                known.group(),
                known.error(),
                known.type(),
                known.state(),
                known.assignor(),
                known.epoch(),
                known.assignmentEpoch(),
                settings.brokerId(),
                known.members());
    }

    private static Groups.Description failed(String group, ErrorCode error) {
        return new Groups.Description(group, error.number(), "", "", "", 0, 0, -1, List.of());
    }

    /** Deletes groups without members, each with an error of its own. */
    public Mono<Groups.DeleteResponse> delete(Groups.DeleteRequest request) {
        return eachOf(request.groups())
                .concatMap(group -> this.<ErrorCode>decide(
                                group, (groups, nowMs) -> groups.groups().delete(group, nowMs))
                        .onErrorResume(PenstockException.class, e -> Mono.just(e.code()))
                        .map(error -> new Groups.DeleteAnswer(group, error.number())))
                .collectList()
                .map(Groups.DeleteResponse::new);
    }

    private static Flux<String> eachOf(@Nullable List<String> groups) {
        return groups == null || groups.contains(null)
                ? Flux.error(new PenstockException(ErrorCode.INVALID_REQUEST, "the request does not name the groups"))
                : Flux.fromIterable(groups);
    }

    /** How many groups this broker coordinates. */
    public int groupCount() {
        return metrics.groups();
    }

    /** How many members they have. */
    public int memberCount() {
        return metrics.members();
    }

    /** Completes when all decisions that were asked for are committed or have failed. */
    public Mono<Void> drain() {
        return Flux.defer(() -> Flux.fromIterable(shards.all()))
                .concatMap(shard -> shard.decide((groups, nowMs) -> Decision.unchanged(true))
                        .onErrorComplete())
                .then();
    }

    /** Ends all shards; whoever waits or asks gets BROKER_CLOSING. */
    public void close() {
        images.dispose();
        shards.close(new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down"));
    }
}
