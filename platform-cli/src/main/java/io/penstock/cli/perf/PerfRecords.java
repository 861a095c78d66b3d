package io.penstock.cli.perf;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is sent, and into what kind of topic if that is not there; a picocli mixin. */
final class PerfRecords {

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Partitions of a topic that is created. Default: ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(
            names = "--durability",
            paramLabel = "HOW",
            description = "fsync or replicated, of a topic that is created. Default: the server's.")
    private @Nullable String durability;

    @Option(
            names = "--record-size",
            paramLabel = "BYTES",
            defaultValue = "100",
            description = "The size of a value. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--payload",
            paramLabel = "KIND",
            defaultValue = "incompressible",
            description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Payloads.Kind payload = Payloads.Kind.incompressible;

    /**
     * The size of a value in bytes.
     *
     * @throws CommandFailure with exit code 2 if an option is out of its range
     */
    int size() {
        if (size < 0 || partitions < 1) {
            throw CommandFailure.usage("--partitions must be 1 or more, --record-size 0 or more");
        }
        return size;
    }

    Payloads payloads(Compression codec) {
        return Payloads.of(payload, size(), codec != Compression.NONE);
    }

    /** Creates the topic if it is not there. */
    void createTopic(PenstockClient client, String name) {
        size();
        NewTopic topic = NewTopic.of(name, partitions);
        try {
            client.admin()
                    .createTopic(durability == null ? topic : topic.withSetting("durability", durability))
                    .block();
        } catch (PenstockException e) {
            if (e.code() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw e;
            }
        }
    }

    /** In a few words, for a report. */
    String description() {
        return payload + " values of " + size + " bytes";
    }
}
