package io.penstock.core.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordHeadersTest {

    private static final byte[] ONE = {1};

    @Test
    void addLeavesTheOriginalAsItWas() {
        RecordHeaders first = RecordHeaders.EMPTY.add("a", ONE);
        RecordHeaders second = first.add("b", null);
        assertThat(RecordHeaders.EMPTY).isEmpty();
        assertThat(first).containsExactly(new RecordHeader("a", ONE));
        assertThat(second).containsExactly(new RecordHeader("a", ONE), new RecordHeader("b", null));
    }

    @Test
    void theListThatTheyAreMadeOfMayChange() {
        List<RecordHeader> list = new ArrayList<>(List.of(new RecordHeader("a", ONE)));
        RecordHeaders headers = RecordHeaders.of(list);
        list.clear();
        assertThat(headers).hasSize(1);
        assertThat(RecordHeaders.of(list)).isSameAs(RecordHeaders.EMPTY);
    }

    @Test
    void namesMayRepeatAndTheLastIsFound() {
        RecordHeaders headers =
                RecordHeaders.of(new RecordHeader("a", null), new RecordHeader("b", ONE), new RecordHeader("a", ONE));
        assertThat(headers.last("a")).isSameAs(headers.get(2));
        assertThat(headers.last("c")).isNull();
    }

    @Test
    void equalityIsThatOfNamesAndBytes() {
        assertThat(RecordHeaders.EMPTY.add("a", new byte[] {1}))
                .isEqualTo(RecordHeaders.EMPTY.add("a", new byte[] {1}))
                .hasSameHashCodeAs(RecordHeaders.EMPTY.add("a", new byte[] {1}))
                .isNotEqualTo(RecordHeaders.EMPTY.add("a", new byte[] {2}))
                .isNotEqualTo(RecordHeaders.EMPTY.add("a", null))
                .hasToString("[a=1 bytes]");
    }

    @Test
    void encodedSizeIsThatOfTheBytesWritten() {
        RecordHeaders headers = RecordHeaders.EMPTY
                .add("ascii", ONE)
                .add("", new byte[0])
                .add("\u00fc\u20ac\ud83d\ude00", new byte[200])
                .add("lone \ud83d surrogate", null);
        ByteBuffer buffer = ByteBuffer.allocate(headers.encodedBytes());
        assertThat(headers.write(buffer, 0)).isEqualTo(headers.encodedBytes());
    }

    @Test
    void areLaidOutAsTheFormatSays() {
        RecordHeaders headers = RecordHeaders.EMPTY.add("k", ONE).add("n", null);
        ByteBuffer buffer = ByteBuffer.allocate(64);
        int end = headers.write(buffer, 0);
        assertThat(ByteBufUtil.hexDump(buffer.array(), 0, end)).isEqualTo("04" + "026b" + "0201" + "026e" + "01");
    }

    @Test
    void aHeaderHasAName() {
        assertThatThrownBy(() -> new RecordHeader(null, ONE)).isInstanceOf(NullPointerException.class);
    }
}
