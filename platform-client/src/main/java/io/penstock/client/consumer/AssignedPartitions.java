package io.penstock.client.consumer;

import io.penstock.client.group.AssignedPartition;
import io.penstock.client.group.CommitWaiter;
import io.penstock.client.group.Deliveries;
import io.penstock.client.group.GroupMember;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.client.metadata.TopicView;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.OffsetRanges;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Metadata;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * In a group: the partitions that the coordinator assigns to this member. One is read when three things are known: that
 * it is assigned, who leads it, and where the group has come in it.
 */
final class AssignedPartitions implements PartitionSource, GroupMember.Listener {

    private static final class Reading {

        private final AssignedPartition partition;
        private @Nullable PartitionFetch fetch;
        private GroupMember.@Nullable CommittedStart start;
        private boolean started;

        Reading(AssignedPartition partition) {
            this.partition = partition;
        }

        String topic() {
            return partition.topicPartition().topic();
        }
    }

    private final PartitionSet set;
    private final GroupOptions group;
    private final GroupMember member;
    private final Map<AssignedPartition, Reading> readings = new LinkedHashMap<>();
    private final Map<UUID, TopicView> topics = new HashMap<>();
    /** How many partitions a topic had when it was first seen: those beyond were added since. */
    private final Map<UUID, Integer> firstCounts = new HashMap<>();

    /** Topics that came with a later assignment than the first. */
    private final Set<UUID> lateTopics = new HashSet<>();

    private final Clock clock;
    private Instant begunAt = Instant.EPOCH;
    /** The topics that there were when the subscription began; null if that is not known. */
    private @Nullable Set<UUID> earlierTopics;

    private boolean isListingTopics;
    private Set<String> watched = Set.of();
    private boolean begun;
    /** The first assignment has been followed, which may have been none. */
    private boolean joined;

    AssignedPartitions(PartitionSet set, PartitionSet.Shared shared, GroupOptions group) {
        this.set = set;
        this.group = group;
        this.clock = shared.runtime().clock();
        ConsumerOptions<?, ?> options = shared.options();
        GroupMember.Subscription subscription = new GroupMember.Subscription(
                List.copyOf(options.topics()), List.copyOf(options.patterns()), shared.clientName());
        this.member = new GroupMember(group, subscription, shared.metadata(), set, this);
    }

    @Override
    public void begin() {
        begun = true;
        begunAt = clock.instant();
        if (set.options().mayStartAtTheEnd()) {
            isListingTopics = true;
            set.listTopics(this::onTopicsListed);
        }
        member.join();
    }

    @Override
    public void end(boolean drain) {
        if (begun) {
            member.leave(drain);
        } else {
            set.gone();
        }
    }

    @Override
    public void commit(CommitWaiter waiter) {
        if (begun) {
            member.commit(waiter);
        } else {
            waiter.onCommitted(null);
        }
    }

    @Override
    public Deliveries deliveriesFrom(PartitionFetch partition, long offset) {
        return member.begin(assigned(partition), offset, new OffsetRanges(), false);
    }

    private static AssignedPartition assigned(PartitionFetch partition) {
        return new AssignedPartition(partition.topicId(), partition.topicPartition());
    }

    @Override
    public long committedOffset(PartitionFetch partition) {
        return member.committed(assigned(partition));
    }

    // which partitions

    @Override
    public void onJoined(int brokerId, int epoch) {
        set.emit(new ConsumerEvent.Joined(group.groupId(), brokerId, epoch));
        set.execute(() -> joined = true);
    }

    @Override
    public void onAssigned(List<AssignedPartition> partitions) {
        set.emit(new ConsumerEvent.Assigned(group.groupId(), member.epoch(), names(partitions)));
        for (AssignedPartition partition : partitions) {
            if (joined && !topics.containsKey(partition.topicId())) {
                lateTopics.add(partition.topicId());
            }
            Reading reading = new Reading(partition);
            readings.put(partition, reading);
            TopicView topic = topics.get(partition.topicId());
            if (topic != null) {
                place(reading, topic);
            }
        }
        watch();
    }

    private static Set<TopicPartition> names(Collection<AssignedPartition> partitions) {
        return partitions.stream().map(AssignedPartition::topicPartition).collect(Collectors.toUnmodifiableSet());
    }

    private void watch() {
        Set<String> names = readings.values().stream().map(Reading::topic).collect(Collectors.toUnmodifiableSet());
        if (!names.isEmpty() && !names.equals(watched) && !set.isEnded()) {
            watched = names;
            set.watch(names);
        }
    }

    @Override
    public void onTopic(Metadata.TopicImage image) {
        TopicView topic;
        try {
            topic = ClusterMetadata.view(image);
        } catch (PenstockException error) {
            if (error.code() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
                dropOthers(image.name(), null);
            }
            return; // one that was not seen yet may be on its way to this broker
        }
        dropOthers(topic.name(), topic.id());
        topics.put(topic.id(), topic);
        firstCounts.putIfAbsent(topic.id(), topic.partitionCount());
        for (Reading reading : List.copyOf(readings.values())) {
            if (reading.partition.topicId().equals(topic.id())) {
                place(reading, topic);
            }
        }
    }

    /** Gives up partitions of a topic that was there and is not any more. */
    private void dropOthers(String name, @Nullable UUID id) {
        for (Reading reading : List.copyOf(readings.values())) {
            UUID own = reading.partition.topicId();
            if (reading.topic().equals(name) && !own.equals(id) && topics.containsKey(own)) {
                drop(reading);
            }
        }
    }

    private void drop(Reading reading) {
        stop(reading);
        member.drop(reading.partition);
    }

    private void stop(Reading reading) {
        PartitionFetch fetch = reading.fetch;
        if (fetch != null) {
            set.remove(fetch);
        }
    }

    @Override
    public boolean outlives(PartitionFetch failed) {
        PenstockException failure = failed.failure();
        Reading reading = readings.get(assigned(failed));
        if (failure == null || failure.code() != ErrorCode.UNKNOWN_TOPIC_ID || reading == null) {
            return false;
        }
        drop(reading);
        return true;
    }

    private void release(Reading reading) {
        PartitionFetch fetch = reading.fetch;
        if (fetch != null) {
            set.release(fetch);
        }
    }

    // where they begin

    private void place(Reading reading, TopicView topic) {
        int number = reading.partition.topicPartition().partition();
        if (number >= topic.partitionCount() || !member.reads(reading.partition)) {
            return;
        }
        Metadata.PartitionImage image = topic.partitions().get(number);
        PartitionFetch known = reading.fetch;
        if (known != null) {
            known.follow(image);
            return;
        }
        PartitionFetch fetch = new PartitionFetch(reading.partition.topicPartition(), topic.id(), image.leader(), set);
        reading.fetch = fetch;
        set.add(fetch);
        startIfReady(reading);
    }

    @Override
    public void onCommitted(AssignedPartition partition, GroupMember.CommittedStart start) {
        Reading reading = readings.get(partition);
        if (reading != null) {
            reading.start = start;
            startIfReady(reading);
        }
    }

    private void startIfReady(Reading reading) {
        PartitionFetch fetch = reading.fetch;
        GroupMember.CommittedStart start = reading.start;
        if (fetch == null || start == null || reading.started || isListingTopics) {
            return;
        }
        reading.started = true;
        if (start.offset() >= 0) {
            Deliveries deliveries = member.begin(reading.partition, start.offset(), start.finished(), true);
            set.start(fetch, start.offset(), deliveries);
            return;
        }
        StartPosition position = startAt(reading.partition);
        if (position instanceof StartPosition.None) {
            set.terminate(new PenstockException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    "group " + group.groupId() + " has no offset of " + reading.partition
                            + ", and by the options it begins nowhere: commit one, or name a start position"));
            return;
        }
        set.resolve(
                fetch,
                position,
                (of, offset) ->
                        set.start(of, offset, member.begin(reading.partition, offset, new OffsetRanges(), false)));
    }

    private void onTopicsListed(@Nullable Set<UUID> topicIds) {
        earlierTopics = topicIds;
        isListingTopics = false;
        List.copyOf(readings.values()).forEach(this::startIfReady);
    }

    /** What is written to a partition or a topic that came later, before anybody noticed it, is not to be missed. */
    private StartPosition startAt(AssignedPartition partition) {
        StartPosition position = set.options().startAt(partition.topicPartition());
        int first = firstCounts.getOrDefault(partition.topicId(), 0);
        boolean isAdded = partition.topicPartition().partition() >= first;
        if (isAdded && !(position instanceof StartPosition.None)) {
            return StartPosition.earliest();
        }
        return position instanceof StartPosition.Latest ? startAtTheEnd(partition.topicId(), position) : position;
    }

    private StartPosition startAtTheEnd(UUID topicId, StartPosition end) {
        if (earlierTopics != null && !earlierTopics.contains(topicId)) {
            return StartPosition.earliest();
        }
        return lateTopics.contains(topicId) ? StartPosition.timestamp(begunAt) : end;
    }

    // how they go

    @Override
    public void onRevoking(Map<AssignedPartition, Long> unacknowledged, Duration deadline) {
        for (AssignedPartition partition : unacknowledged.keySet()) {
            Reading reading = readings.get(partition);
            if (reading != null) {
                stop(reading);
            }
        }
        long left = unacknowledged.values().stream().mapToLong(Long::longValue).sum();
        set.emit(new ConsumerEvent.Revoking(group.groupId(), names(unacknowledged.keySet()), left, deadline));
    }

    @Override
    public void onRevoked(AssignedPartition partition, long unacknowledged) {
        Reading reading = readings.remove(partition);
        if (reading != null) {
            release(reading);
        }
        watch();
        set.emit(new ConsumerEvent.Revoked(group.groupId(), partition.topicPartition(), unacknowledged));
    }

    @Override
    public void onLost(Set<AssignedPartition> partitions, PenstockException why) {
        readings.values().forEach(this::stop);
        readings.values().forEach(this::release);
        readings.clear();
        set.emit(new ConsumerEvent.Lost(group.groupId(), names(partitions), text(why)));
    }

    private static String text(PenstockException why) {
        return why.code() + ": " + why.getMessage();
    }

    @Override
    public void onWaiting(Duration pause, PenstockException why) {
        set.emit(new ConsumerEvent.Waiting(group.groupId(), pause, text(why)));
    }

    @Override
    public void onCommitRefused(TopicPartition partition, PenstockException why) {
        set.emit(new ConsumerEvent.CommitRefused(partition, text(why)));
    }

    @Override
    public void onFull(AssignedPartition partition, long offset) {
        set.emit(new ConsumerEvent.Held(partition.topicPartition(), offset));
    }

    @Override
    public void onRoom(AssignedPartition partition) {
        Reading reading = readings.get(partition);
        if (reading != null && reading.fetch != null && !reading.fetch.isEnded()) {
            set.onNews(reading.fetch);
        }
    }

    @Override
    public void onStalling(TopicPartition partition, long offset) {
        set.emit(new ConsumerEvent.Stalled(partition, offset));
    }

    @Override
    public void onStalled(PenstockException why) {
        set.terminate(why);
    }

    @Override
    public void onRefused(PenstockException why) {
        set.terminate(why);
    }

    @Override
    public void onLeft() {
        set.emit(new ConsumerEvent.Left(group.groupId()));
        set.gone();
    }
}
