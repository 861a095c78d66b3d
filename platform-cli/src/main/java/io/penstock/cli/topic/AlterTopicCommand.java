package io.penstock.cli.topic;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Terminal;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code topic alter}. */
@Command(
        name = "alter",
        description = "Change settings of a topic, or give it more partitions, while it is in use.",
        footer = {
            "",
            "Examples:",
            "  penstock topic alter orders --set retention.ms=86400000 --set durability=replicated",
            "  penstock topic alter orders --unset retention.ms",
            "  penstock topic alter orders --partitions 12"
        })
final class AlterTopicCommand implements Runnable {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String topic = "";

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "A setting to change; may be given several times.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(
            names = "--unset",
            paramLabel = "NAME",
            description = "A setting that the topic shall have from the server again; may be given several times.")
    private Set<String> unset = new LinkedHashSet<>();

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "N",
            description = "How many partitions it shall have in all; never fewer than now. Keys may move to others.")
    private @Nullable Integer partitions;

    AlterTopicCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        boolean isAltering = !set.isEmpty() || !unset.isEmpty();
        if (!isAltering && partitions == null) {
            throw CommandFailure.usage("nothing to change: give --set NAME=VALUE, --unset NAME or --partitions N");
        }
        if (partitions != null && partitions < 1) {
            throw CommandFailure.usage("--partitions must be 1 or more, was " + partitions);
        }
        server.use(terminal, client -> {
            if (isAltering) {
                client.admin().alterTopic(topic, set, unset).block();
            }
            return partitions == null
                    ? null
                    : client.admin().addPartitions(topic, partitions).block();
        });
        terminal.out().println("altered topic " + topic);
    }
}
