package io.penstock.cli.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.consumer.StartPosition;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartTextTest {

    private static final ZoneId ZONE = ZoneId.of("Europe/Zurich");

    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("earliest", StartPosition.earliest()),
                Arguments.of("LATEST", StartPosition.latest()),
                Arguments.of("0", StartPosition.offset(0)),
                Arguments.of("123456789012", StartPosition.offset(123_456_789_012L)),
                Arguments.of("5m", StartPosition.ago(Duration.ofMinutes(5))),
                Arguments.of("ago 90s", StartPosition.ago(Duration.ofSeconds(90))),
                Arguments.of("ago:2h", StartPosition.ago(Duration.ofHours(2))),
                Arguments.of("1d", StartPosition.ago(Duration.ofDays(1))),
                Arguments.of("2026-11-20T10:00:00Z", time("2026-11-20T10:00:00Z")),
                Arguments.of("2026-11-20T10:00:00.5+02:00", time("2026-11-20T08:00:00.5Z")),
                Arguments.of("2026-11-20T10:00", time("2026-11-20T09:00:00Z")),
                Arguments.of("2026-07-01", time("2026-06-30T22:00:00Z")));
    }

    private static StartPosition time(String instant) {
        return StartPosition.timestamp(Instant.parse(instant));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void readsEveryForm(String text, StartPosition expected) {
        assertThat(StartText.parse("--from", text, ZONE)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1", "5 minutes", "2026-13-01", "2026-11-20T25:00", "5x"})
    void refusesTheRestAndSaysWhatItReads(String text) {
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> StartText.parse("--from", text, ZONE))
                .withMessageContaining("earliest")
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1234567890123456789", "1234567890m"})
    void saysOfANumberThatItIsTooLong(String text) {
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> StartText.parse("--from", text, ZONE))
                .withMessageContaining("digits at most")
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(2));
    }
}
