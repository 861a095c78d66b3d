package io.penstock.server.coordinator.decision;

import java.util.List;

/**
 * What follows from a request and a state. The state has not changed yet: the records are to be replayed at once, in
 * their order, before the next decision is asked for; to be appended together; and when they, and all that were
 * replayed before them, are committed, the answer may be given.
 *
 * @param records what changes; none if nothing does
 * @param answer what the asker is told
 */
public record Decision<A>(List<CoordinatorRecord> records, A answer) {

    public Decision {
        records = List.copyOf(records);
    }

    /** Nothing changes. */
    public static <A> Decision<A> unchanged(A answer) {
        return new Decision<>(List.of(), answer);
    }
}
