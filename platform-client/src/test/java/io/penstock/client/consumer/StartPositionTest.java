package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.penstock.client.admin.OffsetSpec;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StartPositionTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final Instant LAST = Instant.ofEpochMilli(Long.MAX_VALUE);

    private static StartPosition ago(Duration duration) {
        return new StartPosition.Ago(duration).before(NOW);
    }

    @Test
    void countsBackFromNow() {
        assertThat(ago(Duration.ofHours(2))).isEqualTo(StartPosition.timestamp(Instant.parse("2026-11-20T08:00:00Z")));
        assertThat(ago(Duration.between(Instant.EPOCH, NOW))).isEqualTo(StartPosition.timestamp(Instant.EPOCH));
    }

    @Test
    void isEarliestIfItCountsBackPast1970() {
        assertThat(ago(Duration.between(Instant.EPOCH, NOW).plusMillis(1))).isEqualTo(StartPosition.earliest());
        assertThat(ago(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999))).isEqualTo(StartPosition.earliest());
    }

    @Test
    void isEarliestIfItsTimeIsBefore1970() {
        assertThat(StartPosition.timestamp(Instant.MIN)).isEqualTo(StartPosition.earliest());
        assertThat(OffsetSpec.timestamp(Instant.MIN)).isEqualTo(OffsetSpec.earliest());
    }

    @Test
    void isTheLastTimeThatARecordCanHaveIfItsTimeIsLater() {
        assertThat(StartPosition.timestamp(Instant.MAX)).isEqualTo(StartPosition.timestamp(LAST));
        assertThat(OffsetSpec.timestamp(Instant.MAX)).isEqualTo(new OffsetSpec(Long.MAX_VALUE));
    }

    @Test
    void refusesWhatCountsForwardOrBelowTheFirstOffset() {
        assertThatIllegalArgumentException().isThrownBy(() -> StartPosition.ago(Duration.ofMillis(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> StartPosition.offset(-1));
    }
}
