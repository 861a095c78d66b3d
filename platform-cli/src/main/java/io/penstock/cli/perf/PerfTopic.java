package io.penstock.cli.perf;

import io.penstock.cli.terminal.CommandFailure;
import picocli.CommandLine.Option;

/** Which topic is measured and with how many records, for both directions; a picocli mixin. */
final class PerfTopic {

    @Option(
            names = "--topic",
            paramLabel = "TOPIC",
            defaultValue = "perf",
            description = "The topic; produce creates it if it is not there. Default: ${DEFAULT-VALUE}.")
    private String name = "";

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "How many records. Default: ${DEFAULT-VALUE}.")
    private long records;

    String name() {
        return name;
    }

    /**
     * How many records.
     *
     * @throws CommandFailure with exit code 2 if that is less than one
     */
    long records() {
        if (records < 1) {
            throw CommandFailure.usage("--records must be 1 or more, was " + records);
        }
        return records;
    }
}
