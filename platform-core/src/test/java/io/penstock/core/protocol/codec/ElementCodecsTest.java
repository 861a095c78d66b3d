package io.penstock.core.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.FetchEnd;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceHeader;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ElementCodecsTest {

    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;
    private static final UUID TOPIC_ID = UUID.fromString("01234567-89ab-cdef-fedc-ba9876543210");

    @Test
    void writesAFetchHeaderInItsGoldenBytes() {
        ByteBuf element = Unpooled.buffer().writeZero(FetchElementCodec.HEADER_BYTES);
        FetchElementCodec.setHeader(element, new FetchHeader(false, ErrorCode.NONE, 5, 1000, 900, 7, 256));
        assertThat(ByteBufUtil.hexDump(element))
                .isEqualTo("00" + "00" + "0000" + "00000005" + "00000000000003e8" + "0000000000000384"
                        + "0000000000000007" + "0000000000000100");
    }

    @Test
    void writesTheEndOfAFetchStreamInItsGoldenBytes() {
        ByteBuf element = FetchElementCodec.encodeEnd(
                ALLOCATOR,
                new FetchHeader(true, ErrorCode.NOT_LEADER_OR_FOLLOWER, 1, 2, 3, 4, 5),
                new FetchEnd(9, "moved"));
        assertThat(ByteBufUtil.hexDump(element))
                .isEqualTo("01" + "00" + "0006" + "00000001" + "0000000000000002" + "0000000000000003"
                        + "0000000000000004" + "0000000000000005" + "00000009" + "6d6f766564");
        element.release();
    }

    @Test
    void writesAProduceHeaderInItsGoldenBytes() {
        ByteBuf element = Unpooled.buffer().writeZero(ProduceElementCodec.HEADER_BYTES);
        ProduceElementCodec.setHeader(element, new ProduceHeader(3, TOPIC_ID, 12, -1));
        assertThat(ByteBufUtil.hexDump(element))
                .isEqualTo("00000000" + "00000003" + "0123456789abcdef" + "fedcba9876543210" + "0000000c" + "ffffffff");
    }

    @Test
    void writesAProduceAckInItsGoldenBytes() {
        ByteBuf committed =
                ProduceAckCodec.encode(ALLOCATOR, ProduceAck.committed(3, Guarantee.FSYNCED, 0x1122334455L, -1, 16));
        assertThat(ByteBufUtil.hexDump(committed))
                .isEqualTo("00" + "03" + "0000" + "00000003" + "0000001122334455" + "ffffffffffffffff"
                        + "0000000000000010" + "ffffffff");
        committed.release();
        ByteBuf refused = ProduceAckCodec.encode(
                ALLOCATOR, ProduceAck.failed(4, Outcome.NOT_WRITTEN, ErrorCode.MESSAGE_TOO_LARGE, "big"));
        assertThat(ByteBufUtil.hexDump(refused))
                .isEqualTo("01" + "00" + "000a" + "00000004" + "ffffffffffffffff" + "ffffffffffffffff"
                        + "ffffffffffffffff" + "ffffffff" + "626967");
        refused.release();
    }

    @Property
    void readsEveryFetchHeaderBack(
            @ForAll int epoch, @ForAll long hw, @ForAll long lso, @ForAll long start, @ForAll long next) {
        FetchHeader header = new FetchHeader(false, ErrorCode.NONE, epoch, hw, lso, start, next);
        ByteBuf element =
                Unpooled.buffer().writeZero(3 + FetchElementCodec.HEADER_BYTES).skipBytes(3);
        FetchElementCodec.setHeader(element, header);
        assertThat(FetchElementCodec.decodeHeader(element)).isEqualTo(header);
    }

    @Property
    void readsEveryEndOfAFetchStreamBack(@ForAll int leader, @ForAll String message) {
        FetchHeader header = new FetchHeader(true, ErrorCode.BROKER_CLOSING, 0, 1, 1, 0, 1);
        String text = new String(message.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        ByteBuf element = FetchElementCodec.encodeEnd(ALLOCATOR, header, new FetchEnd(leader, text));
        assertThat(FetchElementCodec.decodeHeader(element)).isEqualTo(header);
        assertThat(FetchElementCodec.decodeEnd(element)).isEqualTo(new FetchEnd(leader, text));
        element.release();
    }

    @Property
    void readsEveryProduceHeaderBack(
            @ForAll int correlation, @ForAll long upper, @ForAll long lower, @ForAll int partition, @ForAll int epoch) {
        ProduceHeader header = new ProduceHeader(correlation, new UUID(upper, lower), partition, epoch);
        ByteBuf element = Unpooled.buffer().writeZero(ProduceElementCodec.HEADER_BYTES);
        ProduceElementCodec.setHeader(element, header);
        assertThat(ProduceElementCodec.decodeHeader(element)).isEqualTo(header);
    }

    @Property
    void readsEveryProduceAckBack(
            @ForAll int correlation,
            @ForAll Outcome outcome,
            @ForAll Guarantee guarantee,
            @ForAll ErrorCode error,
            @ForAll long offset,
            @ForAll int index) {
        ProduceAck ack = new ProduceAck(correlation, outcome, guarantee, error, offset, 1, 2, index, "why – so");
        ByteBuf bytes = ProduceAckCodec.encode(ALLOCATOR, ack);
        assertThat(ProduceAckCodec.decode(bytes)).isEqualTo(ack);
        bytes.release();
    }

    @Test
    void refusesElementsThatAreCutOffAtEveryLength() {
        ByteBuf ack = ProduceAckCodec.encode(ALLOCATOR, ProduceAck.committed(3, Guarantee.LEADER, 1, -1, 0));
        for (int length = 0; length < ack.readableBytes(); length++) {
            ByteBuf cut = ack.slice(0, length);
            assertInvalid(() -> ProduceAckCodec.decode(cut));
        }
        ack.release();
        for (int length = 0; length < FetchElementCodec.HEADER_BYTES; length++) {
            ByteBuf cut = Unpooled.wrappedBuffer(new byte[length]);
            assertInvalid(() -> FetchElementCodec.decodeHeader(cut));
        }
        for (int length = 0; length < ProduceElementCodec.HEADER_BYTES; length++) {
            ByteBuf cut = Unpooled.wrappedBuffer(new byte[length]);
            assertInvalid(() -> ProduceElementCodec.decodeHeader(cut));
        }
        ByteBuf endWithoutLeader = Unpooled.wrappedBuffer(new byte[FetchElementCodec.HEADER_BYTES + 3]);
        assertInvalid(() -> FetchElementCodec.decodeEnd(endWithoutLeader));
    }

    @Test
    void refusesUnknownKinds() {
        ByteBuf element = Unpooled.buffer().writeZero(64).setByte(0, 7);
        assertInvalid(() -> FetchElementCodec.decodeHeader(element));
        assertInvalid(() -> ProduceElementCodec.decodeHeader(element));
        assertInvalid(() -> ProduceAckCodec.decode(element));
    }

    private static void assertInvalid(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }
}
