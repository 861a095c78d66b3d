package io.penstock.core.protocol;

/** Asks which broker coordinates a group. */
public final class GroupCoordinator {

    private GroupCoordinator() {}

    public record Request(int version, String group) implements Versioned {}

    /**
     * @param partition the partition of the coordinators' internal topic that holds the group
     * @param brokerId who leads it, and so coordinates
     * @param leaderEpoch the epoch of that leadership
     */
    public record Response(int partition, int brokerId, int leaderEpoch) {}
}
