package io.penstock.server.controller;

/**
 * What the broker's configuration says about topics.
 *
 * @param brokerId the broker that holds everything
 * @param defaultPartitions how many partitions a topic gets that does not say, 1 or more
 * @param isAutoCreate whether a topic comes into being when a client that allows it asks for it
 * @param maxBatchBytes the largest batch that fits a frame, and so the most that max.message.bytes can be
 */
public record TopicPolicy(int brokerId, int defaultPartitions, boolean isAutoCreate, int maxBatchBytes) {}
