package io.penstock.core.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.utils.ByteUtils;

class VarintsTest {

    private final ByteBuffer buffer = ByteBuffer.allocate(16);

    @Property
    void intsAreWrittenAndSizedAsByKafka(@ForAll int value) {
        ByteBuffer expected = ByteBuffer.allocate(16);
        ByteUtils.writeVarint(value, expected);
        assertThat(Varints.writeInt(buffer, 0, value)).isEqualTo(expected.position());
        assertThat(Varints.sizeOfInt(value)).isEqualTo(expected.position());
        assertThat(buffer.slice(0, expected.position())).isEqualTo(expected.flip());
    }

    @Property
    void longsAreWrittenAndSizedAsByKafka(@ForAll long value) {
        ByteBuffer expected = ByteBuffer.allocate(16);
        ByteUtils.writeVarlong(value, expected);
        assertThat(Varints.writeLong(buffer, 0, value)).isEqualTo(expected.position());
        assertThat(Varints.sizeOfLong(value)).isEqualTo(expected.position());
        assertThat(buffer.slice(0, expected.position())).isEqualTo(expected.flip());
    }

    @Property
    void zigzagIsUndone(@ForAll int small, @ForAll long large) {
        assertThat(Varints.unzigzag(small << 1 ^ small >> 31)).isEqualTo(small);
        assertThat(Varints.unzigzag(large << 1 ^ large >> 63)).isEqualTo(large);
    }

    @Property
    void nothingIsLongerThanItsBound(@ForAll int small, @ForAll long large) {
        assertThat(Varints.sizeOfInt(small)).isBetween(1, Varints.MAX_INT_BYTES);
        assertThat(Varints.sizeOfLong(large)).isBetween(1, Varints.MAX_LONG_BYTES);
    }
}
