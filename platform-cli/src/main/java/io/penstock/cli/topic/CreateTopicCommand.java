package io.penstock.cli.topic;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.admin.NewTopic;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Topics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code topic create}. */
@Command(
        name = "create",
        description = "Create a topic.",
        footer = {
            "",
            "Examples:",
            "  penstock topic create orders --partitions 4",
            "  penstock topic create logs --config durability=replicated --config segment.bytes=67108864"
        })
final class CreateTopicCommand implements Runnable {

    private static final int BROKERS_CHOICE = -1;

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "TOPIC", description = "Its name.")
    private String topic = "";

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "N",
            description = "How many partitions. Default: the server's num.partitions.")
    private @Nullable Integer partitions;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "NAME=VALUE",
            description = "A setting of the topic; may be given several times.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--if-not-exists", description = "A topic of that name that exists is no failure.")
    private boolean ifNotExists;

    @Option(names = "--check", description = "Check everything, and create nothing.")
    private boolean checkOnly;

    CreateTopicCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        if (partitions != null && partitions < 1) {
            throw CommandFailure.usage("--partitions must be 1 or more, was " + partitions);
        }
        NewTopic newTopic =
                new NewTopic(topic, partitions == null ? BROKERS_CHOICE : partitions, BROKERS_CHOICE, settings);
        try {
            Topics.Description description = server.use(
                    terminal,
                    client -> Objects.requireNonNull((checkOnly
                                    ? client.admin().validateTopic(newTopic)
                                    : client.admin().createTopic(newTopic))
                            .block()));
            terminal.out().println(describe(description));
        } catch (PenstockException e) {
            if (!ifNotExists || e.code() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw e;
            }
            terminal.out().println("topic " + topic + " exists");
        }
    }

    private String describe(Topics.Description description) {
        int count = description.partitions().size();
        String partitionCount = count + (count == 1 ? " partition" : " partitions");
        return checkOnly
                ? "topic " + topic + " could be created with " + partitionCount
                : "created topic " + topic + " with " + partitionCount;
    }
}
