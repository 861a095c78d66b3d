package io.penstock.server.coordinator.group;

/** How far a member is on the way to its target; the numbers in the log are the ordinals, which are Kafka's. */
enum MemberState {
    /** It owns what it is to own. */
    STABLE("Stable"),
    /** It has to give partitions up and has not yet said that it did. */
    UNREVOKED_PARTITIONS("UnrevokedPartitions"),
    /** It waits for partitions that others have not given up yet. */
    UNRELEASED_PARTITIONS("UnreleasedPartitions");

    private final String description;

    MemberState(String description) {
        this.description = description;
    }

    /** The name in descriptions of groups. */
    String description() {
        return description;
    }
}
