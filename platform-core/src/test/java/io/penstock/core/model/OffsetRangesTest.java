package io.penstock.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class OffsetRangesTest {

    private static final int BOUND = 200;

    /** Against a set that holds every offset by itself. */
    @Property(tries = 500)
    void isASetOfOffsets(@ForAll long seed) {
        Random random = new Random(seed);
        OffsetRanges ranges = new OffsetRanges();
        TreeSet<Long> offsets = new TreeSet<>();
        for (int i = 0; i < 200; i++) {
            long first = random.nextInt(BOUND);
            if (random.nextInt(10) == 0) {
                ranges.removeBefore(first);
                offsets.headSet(first).clear();
            } else {
                long end = first + random.nextInt(4);
                long added = 0;
                for (long offset = first; offset < end; offset++) {
                    added += offsets.add(offset) ? 1 : 0;
                }
                assertThat(ranges.add(first, end)).isEqualTo(added);
            }
            check(ranges, offsets);
        }
        long from = random.nextInt(BOUND);
        long to = from + random.nextInt(BOUND);
        check(ranges.within(from, to), new TreeSet<>(offsets.subSet(from, to)));
        OffsetRanges copy = ranges.copy();
        assertThat(copy).isEqualTo(ranges).hasSameHashCodeAs(ranges);
        copy.add(BOUND + 10, BOUND + 11);
        check(ranges, offsets);
    }

    private static void check(OffsetRanges ranges, TreeSet<Long> offsets) {
        TreeSet<Long> seen = new TreeSet<>();
        long[] end = {-1};
        ranges.forEach((from, to) -> {
            assertThat(from).as("ranges neither touch nor overlap").isGreaterThan(end[0]);
            assertThat(to).isGreaterThan(from);
            end[0] = to;
            for (long offset = from; offset < to; offset++) {
                seen.add(offset);
            }
        });
        assertThat(seen).isEqualTo(offsets);
        assertThat(ranges.size()).isEqualTo(offsets.size());
        assertThat(ranges.isEmpty()).isEqualTo(offsets.isEmpty());
        for (long offset = 0; offset < BOUND + 5; offset++) {
            assertThat(ranges.contains(offset)).isEqualTo(offsets.contains(offset));
            long absent = offset;
            while (offsets.contains(absent)) {
                absent++;
            }
            assertThat(ranges.nextAbsent(offset)).isEqualTo(absent);
        }
    }

    @Test
    void refusesWhatIsNoRange() {
        OffsetRanges ranges = new OffsetRanges();
        assertThatThrownBy(() -> ranges.add(5, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ranges.add(-1, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThat(ranges).hasToString("{}");
        ranges.add(1, 3);
        ranges.add(7, 8);
        assertThat(ranges).hasToString("{1..2, 7..7}");
    }
}
