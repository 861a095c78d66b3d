package io.penstock.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {

    @Test
    void givesEveryErrorANumberOfItsOwn() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::number)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void mapsOntoAnErrorThatKafkaKnows(ErrorCode code) {
        Errors kafka = Errors.forCode(code.kafkaNumber());
        assertThat(kafka.code()).isEqualTo(code.kafkaNumber());
        if (code.number() < 1000) {
            assertThat(kafkaName(kafka)).isEqualTo(code.name());
        }
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void saysOfKafkasErrorsWhetherARetryHelpsAsKafkaDoes(ErrorCode code) {
        if (code.number() > 0 && code.number() < 1000 && code != ErrorCode.CORRUPT_MESSAGE) {
            boolean retriable = Errors.forCode(code.number()).exception() instanceof RetriableException;
            assertThat(code.isRetriable()).isEqualTo(retriable);
        }
    }

    @Test
    void isDocumentedLineByLine() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("..", "docs", "protocol.md")).stream()
                .filter(line -> line.matches("\\| -?\\d+ \\| `.*"))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(ErrorCode.values())
                        .map(ErrorCodeTest::row)
                        .toList());
    }

    private static String row(ErrorCode code) {
        String retry = code.isRefreshMetadata() ? "after refresh" : code.isRetriable() ? "yes" : "no";
        return "| " + code.number() + " | `" + code + "` | " + code.meaning() + " | " + retry + " |";
    }

    private static String kafkaName(Errors error) {
        return switch (error) {
            case INVALID_TOPIC_EXCEPTION -> "INVALID_TOPIC";
            case KAFKA_STORAGE_ERROR -> "STORAGE_ERROR";
            default -> error.name();
        };
    }
}
