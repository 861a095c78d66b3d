package io.penstock.core.log;

import static io.penstock.core.log.PlantedBugsTest.ignores;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.log.LogTrial.Bug;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Shows that random lives can fail: each bug is one that giving space back could have, and some life betrays it. */
class PlantedSpaceBugsTest {

    private static final int MAX_LIVES = 200;

    /**
     * @param violation what a life is to complain of
     * @param plant puts the bug into a life
     */
    private record Planted(String name, String violation, Consumer<LogTrial> plant) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Planted> bugs() {
        return Stream.of(
                new Planted(
                        "a record goes since one has its key that is not committed",
                        "committed",
                        trial -> trial.with(Bug.COMPACTS_WHAT_IS_NOT_COMMITTED)),
                new Planted(
                        "a compaction is noted before it is done",
                        "to which was compacted",
                        trial -> trial.with(Bug.NOTES_A_COMPACTION_BEFORE_IT_IS_DONE)),
                new Planted(
                        "a compacted segment is not forced before it replaces others",
                        "which nothing damaged",
                        trial -> trial.with(ignores(Operation.FORCE, ".log.cleaned"))),
                new Planted(
                        "retention takes what is too young",
                        "may go by",
                        trial -> trial.with(Bug.DELETES_WHAT_IS_TOO_YOUNG)));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void isCaught(Planted bug) {
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= MAX_LIVES; seed++) {
                        RandomLife life = new RandomLife(seed);
                        bug.plant.accept(life.trial());
                        life.live(LogSeededRunsTest.STEPS);
                    }
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(bug.violation);
    }
}
