package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.frame.FrameType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FrameRulesTest {

    private static final int METADATA = 0x100;
    private static final int NEXT = 0x20;

    private final FrameRules rules = FrameRules.ofServer();

    private @Nullable String flawAfterSetup(int streamId, int type, int flags, int... body) {
        rules.accepted();
        ByteBuf frame = Unpooled.buffer().writeInt(streamId).writeShort(type << 10 | flags);
        for (int octet : body) {
            frame.writeByte(octet);
        }
        String flaw = rules.flawOfHeader(frame, 0);
        return flaw != null ? flaw : rules.flawOfBody(frame);
    }

    private @Nullable String flawAfterSetup(int streamId, FrameType type, int flags, int... body) {
        return flawAfterSetup(streamId, type.getEncodedType(), flags, body);
    }

    @Test
    void letsWhatClientsSendPass() {
        assertThat(flawAfterSetup(1, FrameType.REQUEST_RESPONSE, METADATA, 0, 0, 1, 9))
                .isNull();
        assertThat(flawAfterSetup(3, FrameType.REQUEST_STREAM, 0, 0x7F, 0xFF, 0xFF, 0xFF))
                .isNull();
        assertThat(flawAfterSetup(3, FrameType.REQUEST_N, 0, 0, 0, 0, 1)).isNull();
        assertThat(flawAfterSetup(3, FrameType.PAYLOAD, NEXT)).isNull();
        assertThat(flawAfterSetup(3, FrameType.CANCEL, 0)).isNull();
        assertThat(flawAfterSetup(0, FrameType.KEEPALIVE, 0, 0, 0, 0, 0, 0, 0, 0, 0))
                .isNull();
        assertThat(flawAfterSetup(0, FrameType.ERROR, 0, 0, 0, 1, 1)).isNull();
    }

    @Test
    void refusesStreamsThatAreNotAClients() {
        assertThat(flawAfterSetup(2, FrameType.REQUEST_RESPONSE, 0)).contains("REQUEST_RESPONSE", "even");
        assertThat(flawAfterSetup(4, FrameType.PAYLOAD, NEXT)).contains("even");
        assertThat(flawAfterSetup(0, FrameType.REQUEST_STREAM, 0)).contains("stream 0");
        assertThat(flawAfterSetup(0, FrameType.CANCEL, 0)).contains("stream 0");
        assertThat(flawAfterSetup(1, FrameType.KEEPALIVE, 0)).contains("not 0");
        assertThat(flawAfterSetup(-1, FrameType.PAYLOAD, NEXT)).contains("negative");
    }

    @Test
    void refusesWhatIsNotSpokenHere() {
        assertThat(flawAfterSetup(0, FrameType.LEASE, 0, 0, 0, 0, 1, 0, 0, 0, 1))
                .contains("LEASE");
        assertThat(flawAfterSetup(0, FrameType.SETUP, 0)).contains("SETUP");
        assertThat(flawAfterSetup(0, FrameType.RESUME, 0)).contains("RESUME");
        assertThat(flawAfterSetup(1, 0x3F, 0)).isNotNull();
        assertThat(flawAfterSetup(1, 0x2A, 0)).contains("unknown");
        assertThat(flawAfterSetup(1, FrameType.REQUEST_FNF, 0x80)).contains("fragments");
    }

    @Test
    void refusesBodiesThatEndTooSoon() {
        assertThat(flawAfterSetup(1, FrameType.REQUEST_RESPONSE, METADATA, 0xFF, 0xFF, 0xFF))
                .contains("metadata of 16777215 bytes");
        assertThat(flawAfterSetup(1, FrameType.PAYLOAD, METADATA | NEXT, 0, 0)).contains("ends after 2 of 3");
        assertThat(flawAfterSetup(1, FrameType.REQUEST_CHANNEL, 0, 0, 0, 0)).contains("ends after 3 of 4");
        assertThat(flawAfterSetup(0, FrameType.KEEPALIVE, 0, 1)).contains("ends after 1 of 8");
        assertThat(flawAfterSetup(1, FrameType.ERROR, 0)).contains("ends after 0 of 4");
    }

    @Test
    void refusesADemandThatIsNotPositive() {
        assertThat(flawAfterSetup(1, FrameType.REQUEST_N, 0, 0, 0, 0, 0)).contains("a demand of 0");
        assertThat(flawAfterSetup(1, FrameType.REQUEST_STREAM, 0, 0xFF, 0xFF, 0xFF, 0xFF))
                .contains("a demand of -1");
    }
}
