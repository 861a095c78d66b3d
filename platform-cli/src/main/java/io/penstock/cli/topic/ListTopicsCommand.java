package io.penstock.cli.topic;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.OutputForm;
import io.penstock.cli.terminal.Table;
import io.penstock.cli.terminal.Terminal;
import io.penstock.core.protocol.Topics;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/** {@code topic list}. */
@Command(name = "list", description = "List the topics.")
final class ListTopicsCommand implements Runnable {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private OutputForm output = new OutputForm();

    @Option(names = "--internal", description = "Also those that the server keeps for itself.")
    private boolean internal;

    ListTopicsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        List<Topics.Listing> topics = server.use(terminal, client -> {
            Mono<List<Topics.Listing>> answer =
                    internal ? client.admin().allTopics() : client.admin().topics();
            return answer.blockOptional().orElse(List.of());
        });
        List<Topics.Listing> sorted = topics.stream()
                .sorted(Comparator.comparing(Topics.Listing::name))
                .collect(Collectors.toList());
        output.write(terminal, sorted, () -> lines(sorted));
    }

    private static List<String> lines(List<Topics.Listing> topics) {
        if (topics.isEmpty()) {
            return List.of("no topics yet: penstock topic create NAME makes one");
        }
        Table table = new Table("TOPIC", ">PARTITIONS", "ID");
        topics.forEach(topic -> table.row(topic.name(), topic.partitions(), topic.id()));
        return table.lines();
    }
}
