package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TopicPartition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecoveryPointFileTest {

    private static final String GOLDEN = """
            0
            orders 3 1041 1000 52311
            orders 10 0 0 0
            payments.eu 0 9000000000 8999999999 2147483647
            crc32c 970d8686
            """;

    @TempDir
    Path root;

    private LogDirectory directory;

    @BeforeEach
    void open() throws Exception {
        directory = DiskDirectory.open(root);
    }

    private static Map<TopicPartition, RecoveryPoint> points(boolean isClean) {
        return Map.of(
                new TopicPartition("payments.eu", 0),
                new RecoveryPoint(9_000_000_000L, 8_999_999_999L, Integer.MAX_VALUE, isClean),
                new TopicPartition("orders", 10),
                new RecoveryPoint(0, 0, 0, isClean),
                new TopicPartition("orders", 3),
                new RecoveryPoint(1041, 1000, 52_311, isClean));
    }

    @ParameterizedTest
    @EnumSource
    void hasThisText(RecoveryPointFile file) throws Exception {
        file.write(directory, points(file == RecoveryPointFile.CLEAN_SHUTDOWN));

        assertThat(root.resolve(file.fileName())).hasContent(GOLDEN);
        assertThat(file.read(directory)).contains(points(file == RecoveryPointFile.CLEAN_SHUTDOWN));
    }

    @Test
    void saysNothingAfterAnyChangeOfABit() throws Exception {
        Path file = root.resolve("recovery-points");
        byte[] good = GOLDEN.getBytes();
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] damaged = good.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, damaged);
            assertThat(RecoveryPointFile.RECOVERY_POINTS.read(directory))
                    .as("bit " + bit)
                    .isEmpty();
        }
    }

    @Test
    void saysNothingWhenItIsShorterThanItWas() throws Exception {
        byte[] good = GOLDEN.getBytes();
        for (int size = 0; size < good.length; size++) {
            Files.write(root.resolve("recovery-points"), Arrays.copyOf(good, size));
            assertThat(RecoveryPointFile.RECOVERY_POINTS.read(directory))
                    .as("size " + size)
                    .isEmpty();
        }
    }

    @Test
    void saysNothingWhenThereIsNone() throws Exception {
        assertThat(RecoveryPointFile.CLEAN_SHUTDOWN.read(directory)).isEmpty();

        RecoveryPointFile.CLEAN_SHUTDOWN.write(directory, Map.of());
        assertThat(RecoveryPointFile.CLEAN_SHUTDOWN.read(directory)).contains(Map.of());
        RecoveryPointFile.CLEAN_SHUTDOWN.remove(directory);

        assertThat(RecoveryPointFile.CLEAN_SHUTDOWN.read(directory)).isEmpty();
        RecoveryPointFile.CLEAN_SHUTDOWN.remove(directory);
    }
}
