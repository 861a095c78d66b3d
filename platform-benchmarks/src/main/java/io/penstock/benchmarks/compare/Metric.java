package io.penstock.benchmarks.compare;

import io.penstock.cli.terminal.Figures;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** What is measured, in the order of the table's columns. */
enum Metric {
    START_MILLIS("start", value -> decimals(0, value) + " ms"),
    RECORDS_PER_SECOND("records/s", Figures::perSecond),
    BYTES_PER_SECOND("bytes/s", Figures::bytesPerSecond),
    CONSUMED_PER_SECOND("consumed", Figures::perSecond),
    P50_MILLIS("p50", Metric::millis),
    P99_MILLIS("p99", Metric::millis),
    P999_MILLIS("p99.9", Metric::millis),
    MAX_MILLIS("max", Metric::millis),
    CLIENT_CPU_SECONDS("client CPU", Metric::seconds),
    BROKER_CPU_SECONDS("broker CPU", Metric::seconds),
    BROKER_CPU_SECONDS_PER_GB("broker CPU/GB", Metric::seconds),
    OTHERS_CPU_SECONDS("others' CPU", Metric::seconds),
    CLIENT_PEAK_BYTES("client RSS", Metric::mebibytes),
    BROKER_PEAK_BYTES("broker RSS", Metric::mebibytes);

    private static final int MEBI = 20;
    private static final double SMALL = 10;

    private final String title;
    private final DoubleFunction<String> form;

    Metric(String title, DoubleFunction<String> form) {
        this.title = title;
        this.form = form;
    }

    String title() {
        return title;
    }

    String format(double value) {
        return form.apply(value);
    }

    private static String millis(double value) {
        return decimals(value < SMALL ? 2 : 0, value) + " ms";
    }

    private static String seconds(double value) {
        return decimals(value < SMALL ? 1 : 0, value) + " s";
    }

    private static String mebibytes(double value) {
        return ((long) value >> MEBI) + " MiB";
    }

    private static String decimals(int count, double value) {
        return String.format(Locale.ROOT, "%." + count + "f", value);
    }
}
