package io.penstock.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {

    @ParameterizedTest
    @CsvSource({"0,0 B", "999,999 B", "1000,1.0 KB", "268435456,268.4 MB", "1500000000,1.50 GB"})
    void writesSizesInDecimalUnits(long bytes, String expected) {
        assertThat(Figures.bytes(bytes)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"8020000,8.02 MB/s", "99999999,100.00 MB/s", "412345678,412 MB/s", "0,0.00 MB/s"})
    void writesByteRates(double rate, String expected) {
        assertThat(Figures.bytesPerSecond(rate)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"640,640/s", "81300,81.3 k/s", "1250000,1.25 M/s"})
    void writesRecordRates(double rate, String expected) {
        assertThat(Figures.perSecond(rate)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"870000,870 µs", "12500000,12.5 ms", "32400000000,32.4 s"})
    void writesDurations(long nanos, String expected) {
        assertThat(Figures.duration(Duration.ofNanos(nanos))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"100,1000000000,100", "100,500000000,200", "100,0,0"})
    void dividesByTime(double amount, long nanos, double expected) {
        assertThat(Figures.rate(amount, nanos)).isEqualTo(expected);
    }
}
