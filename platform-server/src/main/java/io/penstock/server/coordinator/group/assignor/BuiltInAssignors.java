package io.penstock.server.coordinator.group.assignor;

import java.util.List;

/** The assignors that every broker has. */
public final class BuiltInAssignors {

    /** The name of the one that is used unless members ask for another. */
    public static final String DEFAULT = "cooperative-sticky";

    private BuiltInAssignors() {}

    /**
     * All of them. {@code sticky} and {@code cooperative-sticky} are the same: here every assignment is reached step by
     * step, and what does not move goes on.
     */
    public static List<GroupAssignor> all() {
        return List.of(
                new RangeAssignor(),
                new RoundRobinAssignor(),
                new StickyAssignor("sticky"),
                new StickyAssignor(DEFAULT));
    }
}
