package io.penstock.client.consumer;

import io.penstock.core.model.TopicPartition;
import reactor.core.publisher.Flux;

/**
 * One partition's records while it is read.
 *
 * @param topicPartition the partition
 * @param records its records in offset order, for one subscriber. Starts with the first demand, which bounds what is
 *     decoded and, once the window is full, what is sent; other partitions do not wait for it. Completes when the
 *     partition is given up or lost, or the whole is cancelled; fails as the whole does. A cancel ends this one: the
 *     partition stays assigned and nothing more of it is read. Signals come on a worker, one at a time for all
 *     partitions of the subscription
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public record PartitionRecords<K, V>(TopicPartition topicPartition, Flux<ConsumerRecord<K, V>> records) {}
