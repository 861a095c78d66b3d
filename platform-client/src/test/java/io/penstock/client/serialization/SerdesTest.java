package io.penstock.client.serialization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.serialization.DoubleSerializer;
import org.apache.kafka.common.serialization.FloatSerializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.ShortSerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.serialization.UUIDSerializer;
import org.junit.jupiter.api.Test;

/** Kafka's serializers are the judges of the bytes; what is written is read again from the middle of a buffer. */
class SerdesTest {

    record Point(int x, int y) {}

    @Property
    void writesTextAsKafkaDoes(@ForAll String value) {
        // a lone surrogate is no text: both write '?' for it, and it does not come back
        String text = value.replaceAll("[\\ud800-\\udfff]", "");
        check(Serdes.string(), text, new StringSerializer().serialize("t", text));
    }

    @Property
    void writesNumbersAsKafkaDoes(@ForAll short s, @ForAll int i, @ForAll long l, @ForAll float f, @ForAll double d) {
        check(Serdes.int16(), s, new ShortSerializer().serialize("t", s));
        check(Serdes.int32(), i, new IntegerSerializer().serialize("t", i));
        check(Serdes.int64(), l, new LongSerializer().serialize("t", l));
        check(Serdes.float32(), f, new FloatSerializer().serialize("t", f));
        check(Serdes.float64(), d, new DoubleSerializer().serialize("t", d));
    }

    @Property
    void writesUuidsAsKafkaDoes(@ForAll long high, @ForAll long low) {
        UUID uuid = new UUID(high, low);
        check(Serdes.uuid(), uuid, new UUIDSerializer().serialize("t", uuid));
    }

    @Test
    void writesJson() {
        check(Serdes.json(Point.class), new Point(1, 2), "{\"x\":1,\"y\":2}".getBytes());
        check(
                Serdes.json(new TypeReference<List<Point>>() {}),
                List.of(new Point(3, 4)),
                "[{\"x\":3,\"y\":4}]".getBytes());
    }

    @Test
    void refusesNumbersOfAnotherLength() {
        assertThatThrownBy(() -> Serdes.int64().deserialize(Unpooled.buffer().writeInt(1), 0, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 bytes");
    }

    @Test
    void refusesJsonThatIsNull() {
        ByteBuf text = Unpooled.wrappedBuffer("null".getBytes());
        assertThatThrownBy(() -> Serdes.json(Point.class).deserialize(text, 0, 4))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static <T> void check(Serde<T> serde, T value, byte[] expected) {
        ByteBuf buffer = Unpooled.directBuffer().writeByte(1);
        serde.serialize(value, buffer);
        int length = buffer.writerIndex() - 1;
        assertThat(ByteBufUtil.getBytes(buffer, 1, length)).isEqualTo(expected);
        buffer.writeByte(2);
        assertThat(serde.deserialize(buffer, 1, length)).isEqualTo(value);
        assertThat(buffer.readerIndex()).as("the reader index is the owner's").isZero();
        buffer.release();
    }
}
