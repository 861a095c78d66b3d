package io.penstock.server.coordinator.group.assignor;

import java.util.UUID;

/**
 * A topic that a group reads.
 *
 * @param id its id
 * @param name its name
 * @param partitions how many it has, 1 or more
 */
public record AssignedTopic(UUID id, String name, int partitions) {}
