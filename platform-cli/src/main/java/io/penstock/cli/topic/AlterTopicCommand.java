package io.penstock.cli.topic;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Terminal;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code topic alter}. */
@Command(
        name = "alter",
        description = "Change settings of a topic while it is in use.",
        footer = {
            "",
            "Examples:",
            "  penstock topic alter orders --set retention.ms=86400000 --set durability=replicated",
            "  penstock topic alter orders --unset retention.ms"
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

    AlterTopicCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        if (set.isEmpty() && unset.isEmpty()) {
            throw CommandFailure.usage("nothing to change: give --set NAME=VALUE or --unset NAME");
        }
        server.use(
                terminal, client -> client.admin().alterTopic(topic, set, unset).block());
        terminal.out().println("altered topic " + topic);
    }
}
