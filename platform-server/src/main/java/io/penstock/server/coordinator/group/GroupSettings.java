package io.penstock.server.coordinator.group;

import io.penstock.server.coordinator.group.assignor.GroupAssignor;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rules for groups.
 *
 * @param maxSize how many members a group may have, 1 or more
 * @param offsetsRetentionMs how long the offsets of a group without members stay after its last commit and its last
 *     member, in milliseconds
 * @param defaultAssignor the name of the assignor of members that name none
 * @param assignors by name
 */
public record GroupSettings(
        int maxSize, long offsetsRetentionMs, String defaultAssignor, Map<String, GroupAssignor> assignors) {

    public GroupSettings {
        assignors = new TreeMap<>(assignors);
        if (!assignors.containsKey(defaultAssignor)) {
            throw new IllegalArgumentException("there is no assignor '" + defaultAssignor + "'");
        }
    }
}
