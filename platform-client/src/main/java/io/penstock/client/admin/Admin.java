package io.penstock.client.admin;

import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Topics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * Topics, offsets and groups. Safe for any thread.
 *
 * <p>Every operation starts on subscription, anew each time. Cancel stops the waiting; what the broker has begun, it
 * finishes. Results come on a worker of the client's runtime. Errors are
 * {@link io.penstock.core.error.PenstockException}s: those that each operation names, {@code CONNECTION_LOST} if there
 * is no connection within the request timeout or it ends before the answer, {@code REQUEST_TIMED_OUT},
 * {@code CLIENT_CLOSED}.
 */
public interface Admin {

    /**
     * Creates a topic, and gives it as it is. {@code TOPIC_ALREADY_EXISTS}, {@code INVALID_TOPIC},
     * {@code INVALID_PARTITIONS}, {@code INVALID_REPLICATION_FACTOR}, {@code INVALID_CONFIG}.
     */
    Mono<Topics.Description> createTopic(NewTopic topic);

    /** Checks all that {@link #createTopic} checks, and creates nothing. */
    Mono<Topics.Description> validateTopic(NewTopic topic);

    /** The topics, without those that the broker keeps for itself. */
    Mono<List<Topics.Listing>> topics();

    /** The topics, with those that the broker keeps for itself. */
    Mono<List<Topics.Listing>> allTopics();

    /** A topic in full. {@code UNKNOWN_TOPIC_OR_PARTITION}. */
    Mono<Topics.Description> describeTopic(String name);

    /**
     * Sets some of a topic's own settings, and takes others back to what the broker says; the rest stays. Holds from now
     * on, without a restart. {@code UNKNOWN_TOPIC_OR_PARTITION}, {@code INVALID_CONFIG}, {@code INVALID_TOPIC} if
     * internal.
     *
     * @param set new values by name
     * @param unset names whose own value goes
     * @return the topic as it is then
     */
    Mono<Topics.Description> alterTopic(String name, Map<String, String> set, Set<String> unset);

    /**
     * Gives a topic more partitions; those that it has stay as they are, and records with a key may go to another one
     * from then on. {@code INVALID_PARTITIONS} if it has as many or more, {@code UNKNOWN_TOPIC_OR_PARTITION},
     * {@code INVALID_TOPIC} if internal.
     *
     * @param partitions how many it is to have in all
     * @return the topic as it is then
     */
    Mono<Topics.Description> addPartitions(String name, int partitions);

    /**
     * Deletes the first records of partitions, up to offsets that are still there afterwards; {@link
     * io.penstock.core.protocol.DeleteRecords#HIGH_WATERMARK} for all that can be read. The first partition that has an
     * error fails all, though the others may be done. {@code UNKNOWN_TOPIC_OR_PARTITION}, {@code OFFSET_OUT_OF_RANGE}
     * above the high watermark.
     *
     * @return the first offset of each partition now
     */
    Mono<Map<TopicPartition, Long>> deleteRecords(Map<TopicPartition, Long> beforeOffsets);

    /** Deletes a topic with its records. {@code UNKNOWN_TOPIC_OR_PARTITION}, {@code INVALID_TOPIC} if internal. */
    Mono<Topics.DeleteResponse> deleteTopic(String name);

    /** Looks offsets up; the first partition that has an error fails all. {@code UNKNOWN_TOPIC_OR_PARTITION}. */
    Mono<Map<TopicPartition, ListedOffset>> listOffsets(Map<TopicPartition, OffsetSpec> specs);

    /** The groups of all brokers, by id. */
    Mono<List<Groups.Listing>> listGroups();

    /** A group with its members. {@code GROUP_ID_NOT_FOUND}. */
    Mono<Groups.Description> describeGroup(String group);

    /** What a group has committed; nothing for a group that is not there. */
    Mono<Map<TopicPartition, CommittedOffset>> groupOffsets(String group);

    /**
     * Moves a group to other offsets, all or none, or says where it would move; a group that is not there comes into
     * being by it. {@code NON_EMPTY_GROUP} if it has members, {@code UNKNOWN_TOPIC_OR_PARTITION}.
     *
     * @param isDryRun whether to commit nothing
     * @return for each partition the offset before and after
     */
    Mono<Map<TopicPartition, ResetOffset>> resetOffsets(
            String group, Map<TopicPartition, OffsetTarget> targets, boolean isDryRun);

    /** Deletes a group with its offsets. {@code NON_EMPTY_GROUP} if it has members, {@code GROUP_ID_NOT_FOUND}. */
    Mono<Void> deleteGroup(String group);

    /**
     * Deletes what a group has committed in partitions. The first partition that has an error fails all, though the
     * others may be done. {@code GROUP_SUBSCRIBED_TO_TOPIC} if a member reads the topic, {@code GROUP_ID_NOT_FOUND}.
     */
    Mono<Void> deleteGroupOffsets(String group, Set<TopicPartition> partitions);

    /** The cluster: its id, its controller, its brokers and where they can be reached; without topics. */
    Mono<Metadata.Image> cluster();
}
