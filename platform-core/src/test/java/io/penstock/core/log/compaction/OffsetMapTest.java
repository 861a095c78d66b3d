package io.penstock.core.log.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OffsetMapTest {

    /** From {@code vectors.h} of the reference implementation: key 00 to 0f, message 00, 01, 02 and so on. */
    @ParameterizedTest
    @CsvSource({
        "0, a3817f04ba25a8e66df67214c7550293",
        "1, da87c1d86b99af44347659119b22fc45",
        "2, 8177228da4a45dc7fca38bdef60affe4",
        "3, 9c70b60c5267a94e5f33b6b02985ed51"
    })
    void digestsAsTheReferenceDoes(int length, String expected) {
        KeyDigest digest = new KeyDigest(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        ByteBuf message = Unpooled.buffer();
        for (int i = 0; i < length; i++) {
            message.writeByte(i);
        }
        digest.update(message, 0, length);
        ByteBuf result = Unpooled.buffer().writeLongLE(digest.high()).writeLongLE(digest.low());
        assertThat(HexFormat.of().formatHex(result.array(), 0, 16)).isEqualTo(expected);
    }

    @Property(tries = 200)
    void isAMapUntilItIsFull(@ForAll long seed, @ForAll @IntRange(min = 4, max = 300) int slots) {
        Random random = new Random(seed);
        OffsetMap map = new OffsetMap((long) slots * OffsetMap.SLOT_BYTES, Long.MAX_VALUE / 4, seed, ~seed);
        Map<Integer, Long> model = new HashMap<>();
        ByteBuf buffer = Unpooled.buffer(40);
        for (long offset = 0; offset < 600; offset++) {
            int key = random.nextInt(slots);
            int length = write(buffer, key);
            boolean isNoted = map.put(buffer, 3, length, offset);
            assertThat(isNoted).isEqualTo(model.containsKey(key) || model.size() < (int) (slots * 0.8));
            if (isNoted) {
                model.put(key, offset);
            }
        }
        for (int key = 0; key < slots; key++) {
            assertThat(map.get(buffer, 3, write(buffer, key))).isEqualTo(model.getOrDefault(key, -1L));
        }
        assertThat(map.keys()).isEqualTo(model.size());
        map.clear();
        assertThat(map.get(buffer, 3, write(buffer, 0))).isEqualTo(-1);
    }

    /** Keys of all lengths around a word's. */
    private static int write(ByteBuf buffer, int key) {
        int length = 4 + key % 20;
        buffer.clear().writeZero(3).writeInt(key).writeZero(20);
        return length;
    }

    @Test
    void takesNoMoreMemoryThanItNeeds() {
        assertThat(new OffsetMap(64 << 20, 100, 1, 2).sizeInBytes()).isLessThan(4096);
        assertThat(new OffsetMap(64 << 20, Long.MAX_VALUE / 4, 1, 2).sizeInBytes())
                .isGreaterThan((64 << 20) - OffsetMap.SLOT_BYTES)
                .isLessThanOrEqualTo(64 << 20);
    }
}
