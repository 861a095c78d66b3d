package io.penstock.server.coordinator;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.storage.PartitionStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The shards of an internal topic: one for each partition that this broker leads, for as long as it does under one epoch.
 * Safe for any thread; does not block.
 */
final class ShardSet<M extends StateMachine> {

    /** A term of leadership of a partition. */
    private record Term(UUID topicId, int partition, int leaderEpoch) {}

    private final String topicName;
    private final int brokerId;
    private final PartitionStore partitions;
    private final Supplier<M> machines;
    private final ShardRuntime runtime;
    private final Map<Term, CoordinatorShard<M>> shards = new ConcurrentHashMap<>();
    private volatile @Nullable TopicRecord topic;
    private volatile @Nullable PenstockException closed;

    ShardSet(String topicName, int brokerId, PartitionStore partitions, Supplier<M> machines, ShardRuntime runtime) {
        this.topicName = topicName;
        this.brokerId = brokerId;
        this.partitions = partitions;
        this.machines = machines;
        this.runtime = runtime;
    }

    /** Follows the metadata: begins to load what this broker leads now, and ends what it leads no longer. */
    synchronized void onImage(MetadataImage image) {
        TopicRecord current = image.topic(topicName);
        if (closed != null || current == topic) {
            return;
        }
        topic = current;
        Set<Term> terms = current == null ? Set.of() : termsOf(current);
        for (Term term : List.copyOf(shards.keySet())) {
            if (!terms.contains(term)) {
                end(term);
            }
        }
        for (Term term : terms) {
            shards.computeIfAbsent(term, begun -> begin(current, begun));
        }
    }

    private Set<Term> termsOf(TopicRecord current) {
        return IntStream.range(0, current.partitions().size())
                .filter(partition -> current.partitions().get(partition).leader() == brokerId)
                .mapToObj(partition -> termOf(current, partition))
                .collect(Collectors.toSet());
    }

    private static Term termOf(TopicRecord topic, int partition) {
        return new Term(topic.id(), partition, topic.partitions().get(partition).leaderEpoch());
    }

    private CoordinatorShard<M> begin(TopicRecord current, Term term) {
        CoordinatorShard<M> shard = new CoordinatorShard<>(
                topicName + "-" + term.partition,
                machines,
                new PartitionShardLog(
                        partitions.partition(current, term.partition), term.leaderEpoch, ByteBufAllocator.DEFAULT),
                runtime);
        shard.start();
        return shard;
    }

    private void end(Term term) {
        CoordinatorShard<M> ended = shards.remove(term);
        if (ended != null) {
            ended.close(new PenstockException(
                    ErrorCode.NOT_COORDINATOR,
                    "broker " + brokerId + " leads " + topicName + "-" + term.partition + " no longer"));
        }
    }

    /** Whether the topic is there. */
    boolean exists() {
        return topic != null;
    }

    /** The place of a key in the topic: Kafka's formula. */
    static int partitionOf(String key, int partitionCount) {
        return (key.hashCode() & Integer.MAX_VALUE) % partitionCount;
    }

    /**
     * The number of the partition that has a key.
     *
     * @throws PenstockException COORDINATOR_NOT_AVAILABLE if the topic is not there
     */
    int partitionOf(String key) {
        return partitionOf(key, topic().partitions().size());
    }

    /** Who leads a partition of the topic. */
    PartitionRecord partition(int partition) {
        return topic().partitions().get(partition);
    }

    private TopicRecord topic() {
        TopicRecord current = topic;
        if (current == null) {
            throw new PenstockException(
                    ErrorCode.COORDINATOR_NOT_AVAILABLE, "the topic " + topicName + " is not there yet");
        }
        return current;
    }

    /**
     * The shard that has a key.
     *
     * @throws PenstockException NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, BROKER_CLOSING
     */
    CoordinatorShard<M> shardOf(String key) {
        PenstockException why = closed;
        if (why != null) {
            throw new PenstockException(why.code(), String.valueOf(why.getMessage()));
        }
        TopicRecord current = topic();
        int partition = partitionOf(key, current.partitions().size());
        CoordinatorShard<M> shard = shards.get(termOf(current, partition));
        if (shard == null) {
            throw new PenstockException(
                    ErrorCode.NOT_COORDINATOR,
                    "broker " + current.partitions().get(partition).leader() + " leads " + topicName + "-" + partition
                            + ", this is broker " + brokerId);
        }
        return shard;
    }

    /** All that this broker leads. */
    List<CoordinatorShard<M>> all() {
        return List.copyOf(shards.values());
    }

    /** Ends all shards; there will be no others. */
    synchronized void close(PenstockException why) {
        closed = why;
        new HashMap<>(shards).forEach((term, shard) -> shard.close(why));
        shards.clear();
    }
}
