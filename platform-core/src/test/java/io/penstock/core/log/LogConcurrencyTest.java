package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.file.DiskDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A writer, a flush and readers at once. The executor's threads are never interrupted: that would close the files. */
@Timeout(120)
class LogConcurrencyTest {

    private static final int READERS = 3;

    @TempDir
    Path root;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final AtomicBoolean done = new AtomicBoolean();
    private LogFixture fixture;

    @BeforeEach
    void open() throws Exception {
        LogSettings settings = LogFixture.SMALL.withSegmentBytes(20_000).withIndexIntervalBytes(1024);
        fixture = new LogFixture(DiskDirectory.open(root), settings);
    }

    @AfterEach
    void close() throws Exception {
        done.set(true);
        executor.shutdown();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        fixture.close();
    }

    @Test
    void parkedReadersGetEverythingInOrderWhileItIsWrittenAndFlushed() throws Exception {
        int batches = 1_500;
        List<Future<?>> work = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            int maxBytes = 1 + i * 3000;
            work.add(executor.submit(() -> readUntil(batches, maxBytes)));
        }
        work.add(executor.submit((Callable<Void>) () -> {
            while (fixture.log.flush() < batches && !done.get()) {
                assertThat(fixture.log.flushedOffset())
                        .isLessThanOrEqualTo(fixture.log.snapshot().logEndOffset());
            }
            return null;
        }));
        for (int i = 0; i < batches; i++) {
            fixture.append(value(i, 0));
        }

        for (Future<?> each : work) {
            each.get(60, TimeUnit.SECONDS);
        }
        assertThat(fixture.log.extents()).hasSizeGreaterThan(3);
        assertThat(fixture.log.flushedOffset()).isEqualTo(batches);
    }

    private Void readUntil(long end, int maxBytes) throws Exception {
        LogReader reader = fixture.log.newReader();
        long next = 0;
        while (next < end) {
            LogSlice slice = reader.read(
                    next, fixture.log.snapshot().highWatermark(), maxBytes, PooledByteBufAllocator.DEFAULT, 13);
            if (slice == null) {
                CountDownLatch wake = new CountDownLatch(1);
                fixture.log.signal().whenBeyond(next, wake::countDown);
                assertThat(wake.await(60, TimeUnit.SECONDS))
                        .as("a wake at %s", next)
                        .isTrue();
            } else {
                assertThat(slice.firstOffset()).isEqualTo(next);
                next = checkValues(slice);
            }
        }
        return null;
    }

    @Test
    void readersNeverSeeWrongBytesWhileTheLogIsCutAndWrittenAgain() throws Exception {
        List<Future<?>> readers = new ArrayList<>();
        AtomicLong slices = new AtomicLong();
        for (int i = 0; i < READERS; i++) {
            int seed = i;
            readers.add(executor.submit(() -> readAtRandom(new Random(seed), slices)));
        }
        Random random = new Random(42);
        for (int generation = 0; generation < 150 || isToGoOn(slices, readers); generation++) {
            long end = fixture.log.snapshot().logEndOffset();
            fixture.log.truncateTo(Math.max(0, end - random.nextInt(60)));
            appendMany(generation, 1 + random.nextInt(60), random);
        }
        done.set(true);

        for (Future<?> reader : readers) {
            reader.get(60, TimeUnit.SECONDS);
        }
    }

    /** Whether the readers, which may have to share a core, have not read much yet. */
    private static boolean isToGoOn(AtomicLong slices, List<Future<?>> readers) {
        return slices.get() <= 100 && readers.stream().noneMatch(Future::isDone);
    }

    private void appendMany(int generation, int count, Random random) {
        long next = fixture.log.snapshot().logEndOffset();
        ByteBuf[] batches = new ByteBuf[count];
        for (int i = 0; i < count; i++) {
            // lengths differ, so that new batches do not lie where the old ones lay
            batches[i] = fixture.batch(value(next + i, generation) + "x".repeat(random.nextInt(200)));
        }
        fixture.append(batches);
    }

    private void readAtRandom(Random random, AtomicLong slices) {
        LogReader reader = fixture.log.newReader();
        long next = 0;
        while (!done.get()) {
            long end = fixture.log.snapshot().logEndOffset();
            if (next >= end || random.nextInt(4) == 0) {
                next = Math.max(0, end - 1 - random.nextInt(100));
            }
            try {
                LogSlice slice = reader.read(next, end, 1 + random.nextInt(20_000), PooledByteBufAllocator.DEFAULT, 0);
                if (slice != null) {
                    next = checkValues(slice);
                    slices.incrementAndGet();
                }
            } catch (OffsetOutOfRangeException cutMeanwhile) {
                next = 0;
            }
        }
    }

    /** Each value names the offset that it must have. */
    private static long checkValues(LogSlice slice) {
        long next = slice.firstOffset();
        for (String value : LogFixture.values(slice)) {
            assertThat(value).startsWith(next + " of ");
            next++;
        }
        assertThat(next).isEqualTo(slice.nextOffset());
        return next;
    }

    private static String value(long offset, int generation) {
        return offset + " of " + generation + " ";
    }

    @Test
    void readersAreToldWhenTheLogIsDeletedUnderThem() throws Exception {
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 30; i++) {
                fixture.append(value(i, round));
            }
            PartitionLog log = fixture.log;
            CountDownLatch reading = new CountDownLatch(READERS);
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(executor.submit(() -> readUntilDeleted(log, reading)));
            }
            assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();

            log.delete();

            for (Future<?> reader : readers) {
                reader.get(30, TimeUnit.SECONDS);
            }
            assertThat(root).as("the last reader to let go deletes the files").isEmptyDirectory();
            fixture.openAgain();
        }
    }

    private static void readUntilDeleted(PartitionLog log, CountDownLatch reading) {
        LogReader reader = log.newReader();
        AtomicLong next = new AtomicLong();
        PartitionLogTest.assertRefused(
                () -> {
                    while (true) {
                        LogSlice slice = reader.read(next.get(), 30, 1, PooledByteBufAllocator.DEFAULT, 0);
                        next.set(slice == null ? 0 : checkValues(slice));
                        reading.countDown();
                    }
                },
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }
}
