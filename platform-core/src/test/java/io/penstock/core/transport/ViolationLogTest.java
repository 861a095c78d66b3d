package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class ViolationLogTest {

    private final AtomicLong nanos = new AtomicLong();
    private final TransportMetrics metrics = new TransportMetrics();
    private final ViolationLog log = new ViolationLog(metrics, nanos::get, Level.WARN);

    private void close(Violation violation, String reason) {
        log.closing(null, violation, reason);
    }

    @Test
    void writesSoManyLinesOfAKindInAMinuteAndThenHowManyItLeftOut() {
        try (LogProbe lines = new LogProbe()) {
            IntStream.range(0, 1_000).forEach(i -> close(Violation.BROKEN_FRAME, "flood"));
            close(Violation.NO_SETUP, "another kind");
            assertThat(lines.warnings("ViolationLog")).hasSize(ViolationLog.LINES_A_MINUTE + 1);

            nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
            close(Violation.BROKEN_FRAME, "later");
            close(Violation.BROKEN_FRAME, "last");

            assertThat(lines.warnings("ViolationLog"))
                    .contains(
                            "Closing the connection with null: later; 990 connections before it were closed for the"
                                    + " like",
                            "Closing the connection with null: last");
        }
        assertThat(metrics.closed(Violation.BROKEN_FRAME)).isEqualTo(1_002);
    }
}
