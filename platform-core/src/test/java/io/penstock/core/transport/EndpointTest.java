package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

    @ParameterizedTest
    @CsvSource({
        "penstock://broker-1.example.org:9000, broker-1.example.org, 9000",
        "penstock://127.0.0.1:0, 127.0.0.1, 0",
        "penstock://localhost, localhost, 7650",
        "penstock://[::1]:7651, ::1, 7651",
        "penstock://[fe80::1], fe80::1, 7650",
        "penstock://h:65535, h, 65535",
    })
    void readsTcpEndpoints(String text, String host, int port) {
        assertThat(Endpoint.parse(text)).isEqualTo(new TcpEndpoint(host, port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"penstock://h:1", "penstock://[::1]:7650", "penstock://1.2.3.4:0", "local:a-b_c.9"})
    void printsWhatItReads(String text) {
        assertThat(Endpoint.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:7650",
                "http://h:1",
                "penstock://",
                "penstock://:7650",
                "penstock://h:",
                "penstock://h:x",
                "penstock://h:-1",
                "penstock://h:65536",
                "penstock://h:1:2",
                "penstock://h/path",
                "penstock://::1",
                "penstock://[::1",
                "penstock://[::1]7650",
                "penstock://[h]:1",
                "penstock://[]:1",
                "penstock://a b",
                "local:",
                "local:a/b",
            })
    void refusesAnythingElseAndSaysWhatIsExpected(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
                .hasMessageStartingWith("'" + text + "' is not an endpoint: ")
                .hasMessageEndingWith("expected penstock://host:port, penstock://[ipv6]:port or local:name");
    }
}
