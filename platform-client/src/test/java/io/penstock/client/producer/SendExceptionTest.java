package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SendExceptionTest {

    @ParameterizedTest
    @CsvSource({"too large,t-0: too large", "t-0: too large,t-0: too large", "t-01: too large,t-0: t-01: too large"})
    void namesThePlaceOnce(String message, String expected) {
        SendException error =
                new SendException(ErrorCode.MESSAGE_TOO_LARGE, Outcome.NOT_WRITTEN, "t", 0, message, null);

        assertThat(error).hasMessage(expected);
    }
}
