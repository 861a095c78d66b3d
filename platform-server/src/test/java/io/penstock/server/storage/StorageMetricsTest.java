package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.LogRecovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the metrics say of what really happened, by a clock that the test moves. Those of space are with the keeper's tests. */
class StorageMetricsTest {

    private static final long APPEND_NANOS = 3_000_000;
    private static final long FORCE_NANOS = 7_000_000;
    private static final long READ_NANOS = 2_000_000;

    @TempDir
    Path root;

    private final StorageFixture fixture = new StorageFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private ProbedDirectory.Probe probe() {
        return fixture.probes.get(0);
    }

    private double count(String counter) {
        return fixture.meters.get(counter).counter().count();
    }

    private double nanos(String timer) {
        return fixture.meters.get(timer).timer().totalTime(TimeUnit.NANOSECONDS);
    }

    private long times(String timer) {
        return fixture.meters.get(timer).timer().count();
    }

    @Test
    void timesAppendsAndCountsWhatTheyWrite() throws Exception {
        fixture.open(root);
        Partition orders = fixture.partition("orders");
        probe().beforeAppend = path -> fixture.nanos.addAndGet(APPEND_NANOS);
        for (int i = 0; i < 3; i++) {
            fixture.appendNow(orders, "value");
        }

        assertThat(times("penstock.append")).isEqualTo(3);
        assertThat(nanos("penstock.append")).isEqualTo(3 * APPEND_NANOS);
        assertThat(count("penstock.append.batches")).isEqualTo(3);
        assertThat(count("penstock.append.bytes")).isEqualTo(orders.log().sizeInBytes());
        assertThat(count("penstock.append.refused")).isZero();
    }

    @Test
    void timesForces() throws Exception {
        fixture.open(root);
        Partition orders = fixture.partition("orders");
        int before = probe().forces.get();
        probe().beforeForce = path -> fixture.nanos.addAndGet(FORCE_NANOS);
        for (int i = 0; i < 4; i++) {
            fixture.appendNow(orders, "value");
        }

        assertThat(times("penstock.fsync"))
                .isEqualTo(4)
                .isEqualTo(probe().forces.get() - before);
        assertThat(nanos("penstock.fsync")).isEqualTo(4 * FORCE_NANOS);
    }

    @Test
    void countsNoForceThatFailedAsOne() throws Exception {
        fixture.open(root);
        Partition orders = fixture.partition("orders");
        fixture.appendNow(orders, "value");
        fixture.failForces();

        fixture.appendNow(orders, "lost");

        assertThat(times("penstock.fsync")).isEqualTo(1);
        assertThat(count("penstock.directory.failed")).isEqualTo(1);
    }

    @Test
    void tellsHowLongOpeningALogTookAndWhatItRead(@TempDir Path copy) throws Exception {
        int torn = 31;
        fixture.open(root);
        Partition orders = fixture.partition("orders");
        fixture.appendNow(orders, "a");
        fixture.store.checkpoint();
        fixture.appendNow(orders, "b");
        fixture.copyTo(copy);
        Files.write(copy.resolve("orders-0/00000000000000000000.log"), new byte[torn], StandardOpenOption.APPEND);
        try (StorageFixture restarted = new StorageFixture().open(copy)) {
            ProbedDirectory.Probe probe = restarted.probes.get(0);
            Partition again = restarted.partition("orders");
            int readsBefore = probe.reads.get();
            probe.beforeRead = path -> restarted.nanos.addAndGet(READ_NANOS);

            LogRecovery recovery = again.log().recovery();

            int reads = probe.reads.get() - readsBefore;
            Timer recoveries = restarted.meters.get("penstock.recovery").timer();
            assertThat(recoveries.count()).isEqualTo(1);
            assertThat(recoveries.totalTime(TimeUnit.NANOSECONDS))
                    .isEqualTo(reads * READ_NANOS)
                    .isPositive();
            assertThat(restarted
                            .meters
                            .get("penstock.recovery.scanned")
                            .counter()
                            .count())
                    .isEqualTo(recovery.bytesScanned())
                    .isPositive();
            assertThat(restarted.meters.get("penstock.recovery.cut").counter().count())
                    .isEqualTo(torn);
            assertThat(restarted
                            .meters
                            .get("penstock.recovery.quarantined")
                            .counter()
                            .count())
                    .isZero();
            again.log();
            assertThat(recoveries.count()).as("it was open").isEqualTo(1);
        }
    }

    @Test
    void countsADirectoryThatFails() throws Exception {
        fixture.open(root.resolve("a"), root.resolve("b"));
        Partition failing = fixture.partition("orders");
        Partition other = fixture.partition("payments");
        fixture.appendNow(failing, "a");
        probe().beforeAppend = path -> {
            throw new IOException("EIO");
        };

        fixture.appendNow(failing, "b");
        fixture.appendNow(failing, "c");
        fixture.appendNow(other, "a");

        assertThat(count("penstock.directory.failed")).as("once").isEqualTo(1);
        assertThat(count("penstock.append.refused")).isEqualTo(2);
        assertThat(count("penstock.append.batches")).isEqualTo(2);
    }

    @Test
    void countsHowOftenADirectoryIsFull() throws Exception {
        fixture.open(root);
        Partition orders = fixture.partition("orders");
        fixture.appendNow(orders, "a");
        for (int i = 1; i <= 2; i++) {
            fixture.fill(true);
            for (int j = 0; j < 3; j++) {
                assertThat(fixture.appendNow(orders, "b").error()).isEqualTo(ErrorCode.STORAGE_FULL);
            }

            assertThat(count("penstock.directory.full")).isEqualTo(i);
            assertThat(count("penstock.append.refused")).isEqualTo(3 * i);
            fixture.fill(false);
            assertThat(fixture.appendNow(orders, "c").error()).isEqualTo(ErrorCode.NONE);
        }
        assertThat(count("penstock.directory.failed")).isZero();
    }
}
