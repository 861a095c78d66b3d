package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class RetentionTest {

    private static final long NOW = 1_000_000;

    private static SegmentExtent segment(long base, long next, int bytes, long maxTimestamp) {
        return new SegmentExtent(base, next, bytes, maxTimestamp);
    }

    private static LogSnapshot offsets(long start, long highWatermark, long end) {
        return new LogSnapshot(start, end, highWatermark, highWatermark, 0);
    }

    @Test
    void aSegmentGoesWhenItsYoungestRecordIsTooOld() {
        List<SegmentExtent> segments =
                List.of(segment(0, 10, 100, NOW - 501), segment(10, 20, 100, NOW - 500), segment(20, 30, 100, NOW));
        assertThat(new Retention(500, -1).newStart(segments, offsets(0, 30, 30), NOW))
                .isEqualTo(10);
    }

    @Test
    void aSegmentWithoutTimestampsIsAsOldAsTheNext() {
        List<SegmentExtent> segments =
                List.of(segment(0, 10, 100, -1), segment(10, 20, 100, NOW - 501), segment(20, 30, 100, -1));
        assertThat(new Retention(500, -1).newStart(segments, offsets(0, 30, 30), NOW))
                .isEqualTo(20);
        assertThat(new Retention(500, -1).newStart(segments.subList(2, 3), offsets(20, 30, 30), NOW))
                .isEqualTo(20);
    }

    @Test
    void theRestHasAtLeastTheSizeThatIsToBeKept() {
        List<SegmentExtent> segments =
                List.of(segment(0, 10, 100, NOW), segment(10, 20, 100, NOW), segment(20, 30, 100, NOW));
        assertThat(new Retention(-1, 200).newStart(segments, offsets(0, 30, 30), NOW))
                .isEqualTo(10);
        assertThat(new Retention(-1, 201).newStart(segments, offsets(0, 30, 30), NOW))
                .isZero();
        assertThat(new Retention(-1, 0).newStart(segments, offsets(0, 30, 30), NOW))
                .isEqualTo(20);
    }

    @Test
    void anExpiredActiveSegmentIsToBeRolled() {
        Retention retention = new Retention(500, -1);
        assertThat(retention.isActiveExpired(segment(0, 1, 10, NOW - 501), NOW)).isTrue();
        assertThat(retention.isActiveExpired(segment(0, 1, 10, NOW - 500), NOW)).isFalse();
        assertThat(retention.isActiveExpired(segment(0, 0, 0, -1), NOW)).isFalse();
    }

    @Property
    void deletesAPrefixThatMayGoAndNoLess(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 12) int count,
            @ForAll @LongRange(min = -1, max = 1000) long retentionMs,
            @ForAll @LongRange(min = -1, max = 1500) long retentionBytes) {
        Random random = new Random(seed);
        List<SegmentExtent> segments = new ArrayList<>();
        long end = random.nextInt(50);
        for (int i = 0; i < count; i++) {
            long next = end + 1 + random.nextInt(20);
            segments.add(segment(end, next, random.nextInt(200), NOW - random.nextInt(1200)));
            end = next + (random.nextInt(4) == 0 ? random.nextInt(10) : 0);
        }
        long first = segments.get(0).baseOffset();
        long last = segments.get(count - 1).nextOffset();
        long start = first + random.nextInt((int) (last - first) + 1);
        long mark = start + random.nextInt((int) (last - start) + 1);
        long decided = new Retention(retentionMs, retentionBytes).newStart(segments, offsets(start, mark, last), NOW);

        long expected = start;
        long kept = segments.stream().mapToLong(SegmentExtent::sizeInBytes).sum();
        for (int i = 0; i < count - 1; i++) {
            SegmentExtent segment = segments.get(i);
            long next = segments.get(i + 1).baseOffset();
            boolean isOld = retentionMs >= 0 && segment.maxTimestamp() < NOW - retentionMs;
            boolean isTooMuch = retentionBytes >= 0 && kept - segment.sizeInBytes() >= retentionBytes;
            if (next > mark || (next > start && !isOld && !isTooMuch)) {
                break;
            }
            kept -= segment.sizeInBytes();
            expected = Math.max(start, next);
        }
        assertThat(decided).isEqualTo(expected).isLessThanOrEqualTo(Math.max(mark, start));
    }
}
