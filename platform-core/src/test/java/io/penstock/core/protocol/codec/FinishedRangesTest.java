package io.penstock.core.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.OffsetRanges;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FinishedRangesTest {

    private static final int MAX = 65_536;

    @Test
    void encodesGapsAndLengths() {
        OffsetRanges ranges = new OffsetRanges();
        ranges.add(101, 102);
        ranges.add(105, 405);
        assertThat(HexFormat.of().formatHex(FinishedRanges.encode(ranges, 100, MAX)))
                .isEqualTo("0101" + "03ac02");
        assertThat(FinishedRanges.encode(new OffsetRanges(), 100, MAX)).isNull();
        assertThat(FinishedRanges.decode(null, 100).isEmpty()).isTrue();
    }

    @Property(tries = 300)
    void decodesWhatItEncoded(@ForAll long seed) {
        Random random = new Random(seed);
        long committed = random.nextLong(Long.MAX_VALUE / 2);
        OffsetRanges ranges = new OffsetRanges();
        long end = committed;
        for (int i = random.nextInt(50); i > 0; i--) {
            long from = end + 1 + (random.nextLong(Long.MAX_VALUE) >>> 8 + random.nextInt(55));
            end = from + 1 + (random.nextLong(Long.MAX_VALUE) >>> 8 + random.nextInt(55));
            ranges.add(from, end);
        }
        byte[] encoded = FinishedRanges.encode(ranges, committed, MAX);
        assertThat(FinishedRanges.decode(encoded, committed)).isEqualTo(ranges);
        assertThat(FinishedRanges.sizeOf(ranges, committed))
                .isEqualTo(encoded == null ? 0 : encoded.length)
                .isLessThanOrEqualTo((long) ranges.count() * FinishedRanges.MAX_RANGE_BYTES);
    }

    @Test
    void leavesOutTheHighestRangesThatThereIsNoRoomFor() {
        OffsetRanges ranges = new OffsetRanges();
        for (int i = 1; i <= 40_000; i++) {
            ranges.add(2 * i, 2 * i + 1);
        }
        byte[] encoded = FinishedRanges.encode(ranges, 1, MAX);
        assertThat(encoded).hasSize(MAX);
        OffsetRanges decoded = FinishedRanges.decode(encoded, 1);
        assertThat(decoded.count()).isEqualTo(MAX / 2);
        assertThat(decoded.contains(2)).isTrue();
        assertThat(decoded.contains(80_000)).isFalse();
    }

    @Test
    void refusesWhatCannotBeRead() {
        for (String hex :
                new String[] {"01", "0001", "0100", "8181", "01ffffffffffffffffff7f", "01ffffffffffffffff7f"}) {
            assertThatThrownBy(() -> FinishedRanges.decode(HexFormat.of().parseHex(hex), 100))
                    .as(hex)
                    .isInstanceOfSatisfying(
                            PenstockException.class,
                            error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
        }
    }
}
