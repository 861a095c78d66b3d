package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TransportLimitsTest {

    private static final TransportLimits DEFAULTS = TransportLimits.DEFAULTS;

    @Test
    void namesTheLimitThatIsOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withMaxFrameBytes(65_535))
                .withMessageStartingWith("maxFrameBytes ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withMaxFrameBytes(0x100_0000))
                .withMessageStartingWith("maxFrameBytes ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withUnsentBytes(0, 1))
                .withMessageStartingWith("maxUnsentBytesPerConnection ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withUnsentBytes(2, 1))
                .withMessageStartingWith("maxUnsentBytesTotal ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withUnfinishedFrames((8 << 20) - 1, Duration.ofSeconds(1)))
                .withMessageStartingWith("maxUnfinishedBytesTotal ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withUnfinishedFrames(8 << 20, Duration.ZERO))
                .withMessageStartingWith("frameTimeout ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withMaxConnections(0))
                .withMessageStartingWith("maxConnections ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withSetupTimeout(Duration.ZERO))
                .withMessageStartingWith("setupTimeout ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withKeepAlive(Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .withMessageStartingWith("keepAliveMaxLifetime ");
    }

    @Test
    void takesTheLargestFrameOfRSocket() {
        assertThat(DEFAULTS.withMaxFrameBytes(0xFF_FFFF).maxFrameBytes()).isEqualTo(16_777_215);
    }
}
