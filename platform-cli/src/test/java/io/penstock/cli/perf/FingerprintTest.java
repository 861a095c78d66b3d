package io.penstock.cli.perf;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FingerprintTest {

    @Test
    void isTheSameInWhateverOrder() {
        assertThat(of("one value", "another value", "x")).isEqualTo(of("x", "another value", "one value"));
    }

    @Test
    void tellsOtherValuesApart() {
        assertThat(of("one value", "another value"))
                .isNotEqualTo(of("one value", "another valve"))
                .isNotEqualTo(of("one value", "Another value"))
                .isNotEqualTo(of("one value", "another valuE"))
                .isNotEqualTo(of("one value"))
                .isNotEqualTo(of("one value", "another value", "another value"));
    }

    @Test
    void tellsShortValuesApart() {
        assertThat(of("ab")).isNotEqualTo(of("ba")).isNotEqualTo(of("a")).isNotEqualTo(of("ab\0"));
    }

    @Test
    void addsUp() {
        Fingerprint both = fingerprint("one value");
        both.add(fingerprint("another value"));

        assertThat(both.sum()).isEqualTo(of("one value", "another value"));
    }

    private static long of(String... values) {
        return fingerprint(values).sum();
    }

    private static Fingerprint fingerprint(String... values) {
        Fingerprint fingerprint = new Fingerprint();
        for (String value : values) {
            fingerprint.add(value.getBytes(US_ASCII));
        }
        return fingerprint;
    }
}
