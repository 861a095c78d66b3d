package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.LogTrial.Script;
import io.penstock.core.log.file.CrashPoints;
import io.penstock.core.log.file.OpenFiles;
import io.penstock.core.log.file.SimulatedDisk;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left of a log after a power cut at each of its file operations. */
class LogCrashTest {

    static Stream<Arguments> scripts() {
        return LogScripts.ALL.entrySet().stream().map(script -> Arguments.of(script.getKey(), script.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scripts")
    void keepsWhatItPromisedAtEveryCrashPoint(String name, Script script) {
        CrashPoints points = new CrashPoints(() -> new LogTrial(script));

        int tried = points.explore();

        assertThat(tried).as("crash points of '%s'", name).isGreaterThan(8);
        assertThat(points.runs()).isGreaterThan(5 * tried);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scripts")
    void keepsItWithOneOpenFile(String name, Script script) {
        new CrashPoints(() -> new LogTrial(script).seeing(directory -> new OpenFiles(1).around(directory))).explore();
    }

    @Test
    void aCheckpointIsTheOldOneOrTheNewOne() {
        for (int size : new int[] {1, 200}) {
            new CrashPoints(() -> new CheckpointTrial(size)).explore();
        }
    }

    /** A checkpoint that is replaced three times, of one block or of many. */
    private static final class CheckpointTrial implements CrashPoints.Trial {

        private final int size;
        private int durable = -1;
        private int latest = -1;

        CheckpointTrial(int size) {
            this.size = size;
        }

        @Override
        public void run(SimulatedDisk disk) throws Exception {
            for (int i = 0; i < 3; i++) {
                latest = i;
                Checkpoint.write(disk.root(), "c", lines(i));
                durable = i;
            }
        }

        private List<String> lines(int version) {
            return Stream.generate(() -> "version " + version).limit(size).toList();
        }

        @Override
        public void recover(SimulatedDisk disk) throws Exception {
            List<String> found = Checkpoint.read(disk.root(), "c");
            if (!found.equals(lines(latest))) {
                assertThat(found).isEqualTo(durable < 0 ? List.of() : lines(durable));
            }
        }
    }
}
