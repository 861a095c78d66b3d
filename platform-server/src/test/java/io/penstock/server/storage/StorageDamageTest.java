package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.netty.util.ResourceLeakDetector;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.SimulatedDisk;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * A bit is flipped in each byte of the files that a data directory has beside its logs, after a clean stop. The start is refused, or
 * the partition is, or all is served as it was; nothing is set aside as if its topic did not exist.
 */
class StorageDamageTest {

    private static final Logger LOGS = (Logger) LoggerFactory.getLogger("io.penstock");
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

    @ParameterizedTest
    @CsvSource({
        "orders-0/partition.metadata, true",
        "meta.properties, false",
        "recovery-points, false",
        "log-start-offsets, false",
        ".clean-shutdown, false"
    })
    void noFlippedBitTakesAnythingAway(String name, boolean isAlwaysRefused) throws Exception {
        int flips = 0;
        int length = Integer.MAX_VALUE;
        for (int at = 0; at < length; at++) {
            StorageTrial trial = new StorageTrial(StorageDamageTest::fill);
            SimulatedDisk before = new SimulatedDisk(1);
            trial.run(before);
            Map<String, byte[]> image = new TreeMap<>(before.image());
            String file = image.containsKey("a/" + name) ? "a/" + name : "b/" + name;
            byte[] bytes = image.get(file).clone();
            length = bytes.length;
            bytes[at] ^= (byte) (1 << at % 8);
            image.put(file, bytes);
            SimulatedDisk damaged = SimulatedDisk.of(1, image);
            boolean isRefused = false;
            try {
                trial.startDamaged(damaged);
            } catch (PenstockException e) {
                isRefused = true;
                assertThat(e.code()).isIn(ErrorCode.STORAGE_ERROR, ErrorCode.INVALID_CONFIG);
            } catch (AssertionError e) {
                throw new AssertionError("bit " + at % 8 + " of byte " + at + " of " + file + ": " + e.getMessage(), e);
            }
            assertThat(isRefused || !isAlwaysRefused)
                    .as("whether a flip at %s of %s is refused", at, file)
                    .isTrue();
            assertThat(damaged.image().keySet())
                    .as("after a flip at %s of %s", at, file)
                    .noneMatch(path -> path.contains(".stray"));
            flips++;
        }
        assertThat(flips).isGreaterThan(20);
    }

    private static void fill(StorageTrial trial) {
        StorageTrial.Topic orders = trial.create("orders");
        trial.create("payments").append(3);
        orders.append(20);
        orders.deleteRecords(9);
        trial.pass(SimulatedNode.CHECKPOINT_INTERVAL);
        trial.node().stop();
    }
}
