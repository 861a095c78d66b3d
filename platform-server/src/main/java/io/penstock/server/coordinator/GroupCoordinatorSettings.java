package io.penstock.server.coordinator;

import io.penstock.server.coordinator.group.GroupSettings;

/**
 * How groups are coordinated.
 *
 * @param brokerId this broker
 * @param partitions how many the internal topic gets when it is created, 1 or more
 * @param groups the rules for groups
 */
public record GroupCoordinatorSettings(int brokerId, int partitions, GroupSettings groups) {}
