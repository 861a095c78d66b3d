package io.penstock.benchmarks.compare;

import java.util.List;

/**
 * Something that is measured of several systems.
 *
 * @param name by which it is chosen
 * @param kind what is done
 * @param load with what
 * @param contenders by whom, the one first to which the others are compared
 * @param isQuick whether it belongs to a quick look
 */
record Workload(String name, Kind kind, Load load, List<Contender> contenders, boolean isQuick) {

    /** What is done. */
    enum Kind {
        PRODUCE("produce"),
        CONSUME("consume what is in the page cache"),
        CONSUME_COLD("consume what is not in the page cache"),
        PRODUCE_AND_CONSUME("produce, and consume at the same time"),
        LATENCY("end to end, from when a record was due"),
        EMBEDDED("broker and client in one JVM");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String describe() {
            return words;
        }
    }

    /** The same with less, for a quick look. */
    Workload dividedBy(int divisor) {
        return new Workload(name, kind, load.dividedBy(divisor), contenders, isQuick);
    }

    String describe() {
        String beside = kind == Kind.LATENCY && load.readers() > 1
                ? String.format(", beside %,d idle connections", load.readers())
                : load.readers() > 1 ? ", by " + load.readers() + " consumers each" : "";
        return kind.describe() + ": " + load.describe() + beside;
    }
}
