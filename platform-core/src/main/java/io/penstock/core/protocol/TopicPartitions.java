package io.penstock.core.protocol;

import java.util.List;
import java.util.UUID;

/**
 * Partitions of one topic.
 *
 * @param topicId the topic's id
 * @param topic its name; empty if the topic is gone, and not read where a client sends it
 * @param partitions their numbers, each once
 */
public record TopicPartitions(UUID topicId, String topic, List<Integer> partitions) {}
