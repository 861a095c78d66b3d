package io.penstock.benchmarks.embedded;

import io.penstock.cli.perf.Payloads;

/** What is sent and read in one JVM, as a command line says it: how many values, of which kind and size. */
record EmbeddedLoad(long records, Payloads.Kind payload, int valueBytes) {

    static final String TOPIC = "embedded";

    /** @param first where it begins among the arguments */
    static EmbeddedLoad of(String[] arguments, int first) {
        return new EmbeddedLoad(
                Long.parseLong(arguments[first]),
                Payloads.Kind.valueOf(arguments[first + 1]),
                Integer.parseInt(arguments[first + 2]));
    }

    Payloads payloads() {
        return Payloads.of(payload, valueBytes, false);
    }
}
