package io.penstock.cli.topic;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Terminal;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.DeleteRecords;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code topic delete-records}. */
@Command(
        name = "delete-records",
        description = "Delete the first records of a partition, for good.",
        footer = {"", "Example:", "  penstock topic delete-records orders --partition 0 --before 1041"})
final class DeleteRecordsCommand implements Runnable {

    private static final String ALL = "end";

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String topic = "";

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            required = true,
            description = "The partition.")
    private int partition;

    @Option(
            names = "--before",
            paramLabel = "OFFSET",
            required = true,
            description = "The first offset that stays, or 'end' for all that can be read.")
    private String before = "";

    DeleteRecordsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        TopicPartition target = new TopicPartition(topic, partition);
        Map<TopicPartition, Long> request = Map.of(target, offset());
        Map<TopicPartition, Long> starts = server.use(
                terminal,
                client -> Objects.requireNonNull(
                        client.admin().deleteRecords(request).block()));
        terminal.out().println(target + " starts at offset " + starts.get(target));
    }

    private long offset() {
        if (before.equals(ALL)) {
            return DeleteRecords.HIGH_WATERMARK;
        }
        try {
            long offset = Long.parseLong(before);
            if (offset >= 0) {
                return offset;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw CommandFailure.usage("--before must be an offset or '" + ALL + "', was '" + before + "'");
    }
}
