package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.log.LogTrial.Bug;
import io.penstock.core.log.LogTrial.Script;
import io.penstock.core.log.file.CrashPoints;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Fates;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Shows that the crash tests can fail: each bug is one that a log could have, planted by a disk that deceives it or by a
 * broker that misuses it, and the crash points of a script betray it.
 */
class PlantedBugsTest {

    /**
     * @param script whose crash points are to betray the bug
     * @param violation what they are to complain of
     * @param plant puts the bug into a life
     */
    private record Planted(String name, String script, String violation, UnaryOperator<LogTrial> plant) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static final String ACKNOWLEDGED = "what was acknowledged";
    private static final String APPENDED = "what was appended";
    private static final String SET_ASIDE = "which nothing damaged";

    static Stream<Planted> bugs() {
        return Stream.of(
                new Planted(
                        "batches are acknowledged before they are forced",
                        "append without flush",
                        ACKNOWLEDGED,
                        trial -> trial.with(Bug.ACKNOWLEDGES_BEFORE_FORCE)),
                new Planted(
                        "consumers are shown what is not forced",
                        "append without flush",
                        "what was shown",
                        trial -> trial.with(Bug.SHOWS_CONSUMERS_WHAT_IS_NOT_FORCED)),
                new Planted(
                        "a flush does not force the log",
                        "append and flush",
                        ACKNOWLEDGED,
                        trial -> trial.with(ignores(Operation.FORCE, ".log"))),
                new Planted(
                        "the log is forced after what says that it was",
                        "roll",
                        ACKNOWLEDGED,
                        trial -> trial.with(late(Operation.FORCE, ".log"))),
                new Planted(
                        "a force that failed is tried again and believed",
                        "a force that fails",
                        ACKNOWLEDGED,
                        trial -> trial.seeing(BelievedForces::new)),
                new Planted(
                        "the names of new segments are not forced",
                        "roll",
                        ACKNOWLEDGED,
                        trial -> trial.with(ignores(Operation.FORCE_DIRECTORY, "orders-0"))),
                new Planted(
                        "the new name of a deleted partition is not forced",
                        "delete",
                        // it is there again: as an empty log, or as one of which something tells that more is missing
                        "",
                        trial -> trial.with(new UnforcedDeletion())),
                new Planted(
                        "a checkpoint is renamed before its bytes are forced",
                        "epochs",
                        "is not of version 0",
                        trial -> trial.with(ignores(Operation.FORCE, ".tmp"))),
                new Planted(
                        "a cut is not forced",
                        "truncate in the last segment",
                        APPENDED,
                        trial -> trial.with(new UnforcedCut())),
                new Planted(
                        "segments are cut from the front",
                        "truncate across segments",
                        "",
                        trial -> trial.with(late(Operation.RENAME, ".log"))),
                new Planted(
                        "a torn tail is not cut",
                        "append without flush",
                        "has the batches and nothing else",
                        trial -> trial.with(ignores(Operation.TRUNCATE, ".log"))),
                new Planted(
                        "a checksum is not looked at",
                        "append without flush",
                        "the bytes read are those appended",
                        trial -> trial.seeing(ForgedChecksums::new)),
                new Planted(
                        "an index is trusted after a crash",
                        "append without flush",
                        ".index",
                        trial -> trial.with(ignores(Operation.TRUNCATE, ".index"))),
                new Planted(
                        "a time index is trusted after a crash",
                        "append without flush",
                        ".timeindex",
                        trial -> trial.with(ignores(Operation.TRUNCATE, ".timeindex"))),
                new Planted(
                        "a segment that could not be created is not removed",
                        "a segment that can't be created",
                        SET_ASIDE,
                        trial -> trial.with(ignores(Operation.DELETE, ".log"))),
                new Planted(
                        "a recovery point is noted before what is before it is forced",
                        "recovery points",
                        SET_ASIDE,
                        trial -> trial.with(Bug.NOTES_A_POINT_BEFORE_FORCE)),
                new Planted(
                        "a recovery point does not force the log",
                        "recovery points",
                        ACKNOWLEDGED,
                        trial -> trial.with(ignores(Operation.FORCE, ".log"))),
                new Planted(
                        "an index is trusted behind the recovery point",
                        "recovery points",
                        ".index",
                        trial -> trial.with(ignores(Operation.TRUNCATE, ".index"))),
                new Planted(
                        "a recovery point stays behind a cut",
                        "cut behind a recovery point",
                        SET_ASIDE,
                        trial -> trial.with(Bug.KEEPS_A_POINT_BEHIND_A_CUT)),
                new Planted(
                        "the recovery point of a deleted log is that of the next one",
                        "delete what has a recovery point and create it again",
                        SET_ASIDE,
                        trial -> trial.with(Bug.KEEPS_THE_POINT_OF_A_DELETED_LOG)),
                new Planted(
                        "the marker of a clean stop is not deleted",
                        "marked stop and start",
                        SET_ASIDE,
                        trial -> trial.with(Bug.KEEPS_THE_MARKER_OF_A_CLEAN_STOP)),
                new Planted(
                        "the deletion of the marker of a clean stop is not forced",
                        "marked stop and start",
                        SET_ASIDE,
                        trial -> trial.with(new UnforcedMarkerDeletion())),
                new Planted(
                        "a clean stop is marked before the logs are forced",
                        "marked stop and start",
                        SET_ASIDE,
                        trial -> trial.with(Bug.MARKS_A_CLEAN_STOP_BEFORE_CLOSING)),
                new Planted(
                        "a snapshot of producers stays behind a cut",
                        "cut and written again beyond where it was",
                        SET_ASIDE,
                        trial -> trial.with(ignores(Operation.DELETE, ".snapshot"))),
                new Planted(
                        "segments are deleted before the new start is noted",
                        "delete records",
                        "",
                        trial -> trial.with(Bug.DELETES_BEFORE_NOTING_THE_START)),
                new Planted(
                        "retention deletes before it notes the new start",
                        "retention by size and time",
                        "",
                        trial -> trial.with(Bug.DELETES_BEFORE_NOTING_THE_START)),
                new Planted(
                        "old segments go before the name of the compacted one is durable",
                        "compaction",
                        "",
                        trial -> trial.with(late(Operation.RENAME, ".log.cleaned"))));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void isCaught(Planted bug) {
        Script script = LogScripts.ALL.get(bug.script);
        CrashPoints points = new CrashPoints(() -> bug.plant.apply(new LogTrial(script)));

        assertThatThrownBy(points::explore).isInstanceOf(AssertionError.class).hasMessageContaining(bug.violation);
    }

    static Fates ignores(Operation ignored, String suffix) {
        return (operation, path) -> operation == ignored && path.endsWith(suffix) ? Fate.IGNORED : Fate.DONE;
    }

    static Fates late(Operation late, String suffix) {
        return (operation, path) -> operation == late && path.endsWith(suffix) ? Fate.LATE : Fate.DONE;
    }

    /** Ignores the force that follows the renaming of a partition's directory. */
    private static final class UnforcedDeletion implements Fates {

        private boolean isRenamed;

        @Override
        public Fate of(Operation operation, String path) {
            isRenamed |= operation == Operation.RENAME && path.equals("orders-0");
            return isRenamed && operation == Operation.FORCE_DIRECTORY && path.equals("/") ? Fate.IGNORED : Fate.DONE;
        }
    }

    /** Ignores the forces of the data directory from the deletion of the marker of a clean stop on. */
    private static final class UnforcedMarkerDeletion implements Fates {

        private boolean isDeleted;

        @Override
        public Fate of(Operation operation, String path) {
            isDeleted |= operation == Operation.DELETE && path.equals(RecoveryPointFile.CLEAN_SHUTDOWN.fileName());
            return isDeleted && operation == Operation.FORCE_DIRECTORY && path.equals("/") ? Fate.IGNORED : Fate.DONE;
        }
    }

    /** Ignores the force that follows a cut. */
    private static final class UnforcedCut implements Fates {

        private String cut = "";

        @Override
        public Fate of(Operation operation, String path) {
            if (operation == Operation.READ) {
                return Fate.DONE;
            }
            boolean follows = operation == Operation.FORCE && path.equals(cut);
            cut = operation == Operation.TRUNCATE ? path : "";
            return follows ? Fate.IGNORED : Fate.DONE;
        }
    }
}
