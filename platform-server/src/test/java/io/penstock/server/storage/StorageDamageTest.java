package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.netty.util.ResourceLeakDetector;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.FileDamage;
import io.penstock.core.log.file.SimulatedDisk;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * Damages the files that a data directory has beside the logs of its partitions, and the metadata journal, after a clean stop or a
 * kill. The start is refused, or the partition is and the others are served, or all is served as it was; nothing is set aside as if
 * its topic did not exist. {@code -Dpenstock.disk.seed=} for other damages, {@code -Dpenstock.damages=} for more.
 */
class StorageDamageTest {

    private static final Logger LOGS = (Logger) LoggerFactory.getLogger("io.penstock");
    private static final int DAMAGES = Integer.getInteger("penstock.damages", 400);
    private static final ResourceLeakDetector.Level LEAKS = ResourceLeakDetector.getLevel();

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

    private record Outcome(boolean isStartRefused, List<String> refusedTopics) {

        boolean isRefused() {
            return isStartRefused || !refusedTopics.isEmpty();
        }

        @Override
        public String toString() {
            return isStartRefused ? "start refused" : refusedTopics.isEmpty() ? "all" : "partition refused";
        }
    }

    @ParameterizedTest
    @CsvSource({
        "orders-0/partition.metadata, true",
        "meta.properties, false",
        "recovery-points, false",
        "log-start-offsets, false",
        "compacted-offsets, false",
        ".clean-shutdown, false"
    })
    void noFlippedBitTakesAnythingAway(String name, boolean isAlwaysRefused) throws Exception {
        int flips = 0;
        int length = Integer.MAX_VALUE;
        for (int at = 0; at < length; at++) {
            StorageTrial trial = stopped();
            Map<String, byte[]> image = trial.image();
            String file = image.containsKey("a/" + name) ? "a/" + name : "b/" + name;
            byte[] bytes = image.get(file).clone();
            length = bytes.length;
            bytes[at] ^= (byte) (1 << at % 8);

            Outcome outcome = outcomeOf(trial, file, bytes, "bit " + at % 8 + " of byte " + at + " of " + file);

            assertThat(outcome.isRefused() || !isAlwaysRefused)
                    .as("whether a flip at %s of %s is refused", at, file)
                    .isTrue();
            flips++;
        }
        assertThat(flips).isGreaterThan(20);
    }

    @Test
    void noDamageBesideTheLogsReachesAReader() throws Exception {
        Random random = new Random(Long.getLong("penstock.disk.seed", 1));
        Map<String, Integer> outcomes = new TreeMap<>();
        int tried = 0;
        for (int i = 0; tried < DAMAGES; i++) {
            boolean isStopped = random.nextBoolean();
            StorageTrial trial = isStopped ? stopped() : killed();
            Map<String, byte[]> image = trial.image();
            List<String> files = image.keySet().stream()
                    .filter(path -> isBesideLogs(path) && image.get(path).length > 0)
                    .toList();
            List<String> kinds = files.stream()
                    .map(StorageDamageTest::kindOf)
                    .distinct()
                    .sorted()
                    .toList();
            String kind = kinds.get(i % kinds.size());
            List<String> ofKind =
                    files.stream().filter(path -> kindOf(path).equals(kind)).toList();
            if (kind.equals("journal .log") && !isStopped) {
                continue; // the last commits before a kill can't be told from what a crash tore
            }
            String file = ofKind.get(random.nextInt(ofKind.size()));
            FileDamage damage = FileDamage.any(random);
            byte[] bad = damage.of(image.get(file), random);
            if (Arrays.equals(bad, image.get(file))) {
                continue;
            }
            tried++;
            String what = "damage " + i + ", " + damage + " of " + file + " from "
                    + Arrays.mismatch(image.get(file), bad) + " on";
            outcomes.merge(kind + ": " + outcomeOf(trial, file, bad, what), 1, Integer::sum);
        }
        outcomes.forEach((outcome, count) -> System.out.println(count + " times " + outcome));
        assertThat(outcomes.keySet())
                .as("what may become of damage to each kind of file")
                .isSubsetOf(
                        ".clean-shutdown: all",
                        "recovery-points: all",
                        "log-start-offsets: all",
                        "compacted-offsets: all",
                        "meta.properties: all",
                        "meta.properties: start refused",
                        "partition.metadata: all",
                        "partition.metadata: partition refused",
                        "journal .log: all",
                        "journal .log: start refused",
                        "journal .index: all",
                        "journal .timeindex: all",
                        "journal .snapshot: all",
                        "journal leader-epochs: all",
                        "journal leader-epoch-checkpoint: all",
                        "journal partition.metadata: all",
                        "journal partition.metadata: start refused",
                        "journal recovery-points: all");
    }

    private static boolean isBesideLogs(String path) {
        return path.contains("/__cluster_metadata-0/")
                || path.endsWith("/partition.metadata")
                || path.indexOf('/') == path.lastIndexOf('/');
    }

    private static String kindOf(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        String kind = name.matches("\\d{20}\\..*") ? name.substring(20) : name;
        return path.contains("/__cluster_metadata-0/") ? "journal " + kind : kind;
    }

    private static Outcome outcomeOf(StorageTrial trial, String file, byte[] bad, String what) throws IOException {
        Map<String, byte[]> image = new TreeMap<>(trial.image());
        image.put(file, bad);
        SimulatedDisk damaged = SimulatedDisk.of(1, image);
        Outcome outcome;
        try {
            outcome = new Outcome(false, trial.startDamaged(damaged));
        } catch (PenstockException e) {
            assertThat(e.code())
                    .as("what refuses after %s", what)
                    .isIn(ErrorCode.STORAGE_ERROR, ErrorCode.INVALID_CONFIG, ErrorCode.CORRUPT_MESSAGE);
            outcome = new Outcome(true, List.of());
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(what + ": " + e.getMessage(), e);
        }
        assertThat(outcome.refusedTopics)
                .as("what is refused after %s", what)
                .allMatch(topic -> file.contains("/" + topic + "-0/"));
        assertThat(damaged.image().keySet()).as("after %s", what).noneMatch(path -> path.contains(".stray"));
        return outcome;
    }

    private static StorageTrial stopped() throws Exception {
        return trialOf(trial -> {
            fill(trial);
            trial.node().stop();
        });
    }

    private static StorageTrial killed() throws Exception {
        return trialOf(StorageDamageTest::fill);
    }

    private static StorageTrial trialOf(StorageTrial.Script script) throws Exception {
        StorageTrial trial = new StorageTrial(script);
        trial.run(new SimulatedDisk(1));
        return trial;
    }

    private static void fill(StorageTrial trial) {
        StorageTrial.Topic orders = trial.create("orders");
        StorageTrial.Topic keyed =
                trial.create("keyed", "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1");
        trial.create("payments").append(3);
        keyed.append(24);
        orders.append(20);
        orders.deleteRecords(9);
        trial.pass(SimulatedNode.COMPACTION_BACKOFF.multipliedBy(4));
        assertThat(trial.image().keySet())
                .anyMatch(path -> path.endsWith("compacted-offsets"))
                .anyMatch(path -> path.endsWith("log-start-offsets"));
    }
}
