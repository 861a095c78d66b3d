package io.penstock.server.controller;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicNames;
import io.penstock.core.protocol.Topics;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What follows from a request about topics, given an image: the record to write, or a refusal. Changes nothing. */
final class TopicDecisions {

    /** The most partitions that a topic can have. */
    static final int MAX_PARTITIONS = 10_000;

    private final TopicPolicy policy;
    private final TopicSettings defaults;

    TopicDecisions(TopicPolicy policy, TopicSettings defaults) {
        this.policy = policy;
        this.defaults = defaults;
    }

    /**
     * The topic that a creation makes.
     *
     * @throws PenstockException with the first rule that the request breaks
     */
    TopicRecord create(MetadataImage image, Topics.CreateRequest request, UUID id) {
        checkName(image, request.name());
        int partitions = partitions(request.partitions());
        checkReplicationFactor(request.replicationFactor());
        Map<String, String> settings = request.settings() == null ? Map.of() : request.settings();
        checkSettings(settings);
        return new TopicRecord(
                request.name(),
                id,
                Collections.nCopies(partitions, PartitionRecord.onOnly(policy.brokerId())),
                settings);
    }

    /** A topic of the broker's own, whose name and settings no client has chosen. */
    TopicRecord createInternal(String name, int partitions, Map<String, String> settings, UUID id) {
        return new TopicRecord(
                name, id, Collections.nCopies(partitions, PartitionRecord.onOnly(policy.brokerId())), settings);
    }

    private static void checkName(MetadataImage image, @Nullable String name) {
        if (name == null) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "the request does not name the topic");
        }
        TopicNames.check(name);
        if (TopicNames.isInternal(name)) {
            throw new PenstockException(
                    ErrorCode.INVALID_TOPIC, "'" + name + "': names that begin with __ are the broker's own");
        }
        if (image.topic(name) != null) {
            throw new PenstockException(ErrorCode.TOPIC_ALREADY_EXISTS, "topic " + name + " exists already");
        }
        for (TopicRecord other : image.topics()) {
            if (TopicNames.collide(name, other.name())) {
                throw new PenstockException(
                        ErrorCode.INVALID_TOPIC,
                        "'" + name + "' collides with topic " + other.name() + ": they differ in . and _ only");
            }
        }
    }

    private int partitions(@Nullable Integer wanted) {
        int partitions = wanted == null || wanted == -1 ? policy.defaultPartitions() : wanted;
        if (partitions < 1 || partitions > MAX_PARTITIONS) {
            throw new PenstockException(
                    ErrorCode.INVALID_PARTITIONS,
                    "a topic has 1 to " + MAX_PARTITIONS + " partitions, or -1 for the broker's default; " + partitions
                            + " were asked for");
        }
        return partitions;
    }

    private static void checkReplicationFactor(@Nullable Integer wanted) {
        if (wanted != null && wanted != -1 && wanted != 1) {
            throw new PenstockException(
                    ErrorCode.INVALID_REPLICATION_FACTOR,
                    "replication factor " + wanted + " is not possible: the cluster has one broker; ask for 1 or -1");
        }
    }

    private void checkSettings(Map<String, String> settings) {
        int maxMessageBytes = defaults.withTopicValues(settings).get(TopicSettings.MAX_MESSAGE_BYTES);
        if (maxMessageBytes > policy.maxBatchBytes()) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG,
                    TopicSettings.MAX_MESSAGE_BYTES + " = " + maxMessageBytes
                            + " is not allowed: a frame of this broker holds batches of at most "
                            + policy.maxBatchBytes() + " bytes");
        }
    }

    /**
     * The topic as a change of its settings and its number of partitions leaves it.
     *
     * @throws PenstockException with the first rule that the request breaks
     */
    TopicRecord alter(MetadataImage image, Topics.AlterRequest request) {
        TopicRecord topic = findUsers(image, request.name(), null);
        Map<String, String> set = request.set() == null ? Map.of() : request.set();
        List<String> unset = request.unset() == null ? List.of() : request.unset();
        Map<String, String> settings = new TreeMap<>(topic.settings());
        for (String name : unset) {
            if (set.containsKey(name)) {
                throw new PenstockException(ErrorCode.INVALID_REQUEST, name + " is set and unset at once");
            }
            TopicSettings.ensureExists(name);
            settings.remove(name);
        }
        settings.putAll(set);
        checkSettings(settings);
        return new TopicRecord(topic.name(), topic.id(), partitionsOf(topic, request.partitions()), settings);
    }

    private List<PartitionRecord> partitionsOf(TopicRecord topic, int wanted) {
        int known = topic.partitions().size();
        if (wanted == Topics.SAME_PARTITIONS) {
            return topic.partitions();
        }
        if (wanted <= known || wanted > MAX_PARTITIONS) {
            throw new PenstockException(
                    ErrorCode.INVALID_PARTITIONS,
                    "topic " + topic.name() + " has " + known + " partitions, and can be given more, up to "
                            + MAX_PARTITIONS + ", not " + wanted);
        }
        return Stream.concat(
                        topic.partitions().stream(),
                        Collections.nCopies(wanted - known, PartitionRecord.onOnly(policy.brokerId())).stream())
                .toList();
    }

    /**
     * The topic that a deletion removes.
     *
     * @throws PenstockException if there is none, or name and id disagree
     */
    static TopicRecord delete(MetadataImage image, @Nullable String name, @Nullable UUID id) {
        return findUsers(image, name, id);
    }

    /** A topic that is not the broker's own. */
    private static TopicRecord findUsers(MetadataImage image, @Nullable String name, @Nullable UUID id) {
        TopicRecord topic = find(image, name, id);
        if (topic.isInternal()) {
            throw new PenstockException(
                    ErrorCode.INVALID_TOPIC, "topic " + topic.name() + " is the broker's own, and stays");
        }
        return topic;
    }

    /** The topic with a name, an id, or both. */
    static TopicRecord find(MetadataImage image, @Nullable String name, @Nullable UUID id) {
        if (name == null && id == null) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "the request names no topic");
        }
        if (name == null) {
            TopicRecord topic = image.topic(id);
            if (topic == null) {
                throw new PenstockException(ErrorCode.UNKNOWN_TOPIC_ID, "there is no topic with id " + id);
            }
            return topic;
        }
        TopicRecord topic = image.topic(name);
        if (topic == null) {
            throw new PenstockException(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic " + name);
        }
        if (id != null && !id.equals(topic.id())) {
            throw new PenstockException(
                    ErrorCode.INCONSISTENT_TOPIC_ID, "topic " + name + " has id " + topic.id() + ", not " + id);
        }
        return topic;
    }
}
