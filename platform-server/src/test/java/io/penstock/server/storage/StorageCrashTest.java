package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.netty.util.ResourceLeakDetector;
import io.penstock.core.log.file.CrashPoints;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Fates;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** What a broker finds in its data directories after a power cut at each of its file operations. */
class StorageCrashTest {

    private static final Logger LOGS = (Logger) LoggerFactory.getLogger("io.penstock");

    /** There are thousands of crash points: few power cuts of each are many. */
    private static final int SEEDS = 1;

    private static final ResourceLeakDetector.Level LEAKS = ResourceLeakDetector.getLevel();

    /** Thousands of brokers die here; each would tell of it, and what it did not release is no leak. */
    @BeforeAll
    static void silence() {
        LOGS.setLevel(Level.OFF);
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterAll
    static void speak() {
        LOGS.setLevel(null);
        ResourceLeakDetector.setLevel(LEAKS);
    }

    static Stream<String> scripts() {
        return StorageScripts.ALL.keySet().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scripts")
    void keepsWhatItPromisedAtEveryCrashPoint(String script) {
        CrashPoints points = new CrashPoints(() -> new StorageTrial(StorageScripts.ALL.get(script)), SEEDS);

        assertThat(points.explore()).as("crash points of '%s'", script).isGreaterThan(20);
    }

    /**
     * Something that the broker could have forgotten, planted by a disk that forgets it.
     *
     * @param script whose crash points are to betray it
     * @param fates makes a disk for each life, since a disk may remember
     */
    private record Planted(String name, String script, Supplier<Fates> fates) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Planted> bugs() {
        return Stream.of(
                new Planted(
                        "batches are acknowledged before they are forced",
                        "create and append",
                        () -> ignoring(Operation.FORCE, ".log")),
                new Planted(
                        "the marker of a clean stop is there when logs are opened",
                        "stop, delete a topic and create it again",
                        () -> ignoring(Operation.DELETE, ".clean-shutdown")),
                new Planted(
                        "recovery points are written before the logs are forced",
                        "recovery points",
                        () -> late(Operation.FORCE, ".log")),
                new Planted(
                        "segments are deleted before the new start is noted, on request",
                        "delete records",
                        () -> late(Operation.RENAME, "log-start-offsets.tmp")),
                new Planted(
                        "segments are deleted before the new start is noted, by retention",
                        "retention by size",
                        () -> late(Operation.RENAME, "log-start-offsets.tmp")),
                new Planted(
                        "the recovery point of a deleted topic is that of the next one",
                        "delete a topic and create it again",
                        () -> new OnlyTheFirst(Operation.RENAME, "recovery-points.tmp")),
                new Planted(
                        "the start of a deleted topic is that of the next one",
                        "delete records, then the topic, and create it again",
                        () -> new OnlyTheFirst(Operation.RENAME, "log-start-offsets.tmp")),
                new Planted(
                        "old segments go before the names of the compacted one are forced",
                        "compaction",
                        () -> new UnforcedDirectory(Operation.RENAME, ".log.cleaned")),
                new Planted(
                        "a directory's identity is not forced",
                        "first start",
                        () -> new UnforcedDirectory(Operation.RENAME, "meta.properties.tmp")));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void catchesABroker(Planted bug) {
        CrashPoints points = new CrashPoints(
                () -> new StorageTrial(StorageScripts.ALL.get(bug.script)).with(bug.fates.get()), SEEDS);

        assertThatThrownBy(points::explore)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("power cut after operation");
    }

    private static Fates ignoring(Operation ignored, String suffix) {
        return (operation, path) -> operation == ignored && path.endsWith(suffix) ? Fate.IGNORED : Fate.DONE;
    }

    private static Fates late(Operation late, String suffix) {
        return (operation, path) -> operation == late && path.endsWith(suffix) ? Fate.LATE : Fate.DONE;
    }

    /** Does something once, and never again. */
    private static final class OnlyTheFirst implements Fates {

        private final Operation operation;
        private final String suffix;
        private boolean isDone;

        OnlyTheFirst(Operation operation, String suffix) {
            this.operation = operation;
            this.suffix = suffix;
        }

        @Override
        public Fate of(Operation next, String path) {
            if (next != operation || !path.endsWith(suffix)) {
                return Fate.DONE;
            }
            boolean isAgain = isDone;
            isDone = true;
            return isAgain ? Fate.IGNORED : Fate.DONE;
        }
    }

    /** Ignores the next force of the directory in which something was done. */
    private static final class UnforcedDirectory implements Fates {

        private final Operation operation;
        private final String suffix;
        private String directory = "";

        UnforcedDirectory(Operation operation, String suffix) {
            this.operation = operation;
            this.suffix = suffix;
        }

        @Override
        public Fate of(Operation next, String path) {
            if (next == operation && path.endsWith(suffix)) {
                directory = path.substring(0, path.lastIndexOf('/'));
            } else if (next == Operation.FORCE_DIRECTORY && path.equals(directory)) {
                directory = "";
                return Fate.IGNORED;
            }
            return Fate.DONE;
        }
    }
}
