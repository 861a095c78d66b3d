package io.penstock.server.coordinator.group;

/**
 * A group's epoch.
 *
 * @param epoch grows with every change of members, subscriptions and topics, from 1
 * @param topicsHash of the topics that its members read, as they were then
 * @param sinceMs when it began, in milliseconds since the epoch
 */
record GroupEpoch(int epoch, long topicsHash, long sinceMs) {}
