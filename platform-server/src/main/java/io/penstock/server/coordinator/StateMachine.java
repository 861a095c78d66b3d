package io.penstock.server.coordinator;

import io.penstock.core.error.PenstockException;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A state that is a function of its log, as a {@link CoordinatorShard} runs it: one call at a time, in turn, on changing
 * threads. Decisions about it look and change nothing; {@link #replay} alone changes it.
 */
interface StateMachine {

    /** Takes one record of the log into the state. */
    void replay(CoordinatorRecord record);

    /** Everything that the log had is replayed: what follows from that. Called once, before anything else is decided. */
    Decision<?> loaded(long nowMs);

    /** When {@link #due} is to be asked, in the time of {@code nowMs}; empty for never. */
    OptionalLong nextDeadline();

    /** What has to happen by itself now. */
    Decision<?> due(long nowMs);

    /**
     * What others must hear of a decision whose records were just replayed: the state as it is now goes into it, and it
     * runs once that is committed. Not called for what a load replays.
     *
     * @param answer the decision's
     */
    Runnable effects(@Nullable Object answer);

    /** The state is no more: its log could not be written, or this broker leads it no longer. Nothing follows. */
    void dropped(PenstockException why);
}
