package io.penstock.cli.perf;

import io.penstock.cli.terminal.Figures;
import java.time.Duration;

/** Amounts over a time; as a line, what all measurements say. */
public record RateReport(long records, long bytes, long nanos) {

    String describe() {
        return Figures.count(records) + " records, " + Figures.bytes(bytes) + " in "
                + Figures.duration(Duration.ofNanos(nanos)) + ": " + Figures.perSecond(Figures.rate(records, nanos))
                + ", " + Figures.bytesPerSecond(Figures.rate(bytes, nanos));
    }
}
