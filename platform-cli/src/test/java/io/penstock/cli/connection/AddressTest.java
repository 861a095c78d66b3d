package io.penstock.cli.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.cli.terminal.CommandFailure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

    @ParameterizedTest
    @CsvSource({
        "localhost:9000,localhost,9000",
        "localhost,localhost,7650",
        "127.0.0.1:0,127.0.0.1,0",
        "[::1]:7651,::1,7651",
        "[::1],::1,7650",
        "penstock://broker.example:7650,broker.example,7650"
    })
    void readsHostAndPort(String text, String host, int port) {
        assertThat(Address.parse(text)).isEqualTo(new Address(host, port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":7650", "host:", "host:x", "host:65536", "host:-1", "host:1:2", "::1"})
    void refusesWhatIsNoAddressAndSaysWhatIs(String text) {
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> Address.parse(text))
                .withMessageContaining("HOST:PORT")
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"penstock://h:0", "h:0"})
    void refusesPortZeroOfAServer(String text) {
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> Address.ofServer(text))
                .withMessageContaining(text)
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(2));
    }

    @ParameterizedTest
    @CsvSource({"::1,7650,penstock://[::1]:7650", "localhost,1,penstock://localhost:1"})
    void writesTheEndpointThatTheClientReads(String host, int port, String endpoint) {
        assertThat(new Address(host, port).endpoint()).isEqualTo(endpoint);
    }
}
