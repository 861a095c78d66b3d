package io.penstock.cli.topic;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.Figures;
import io.penstock.cli.terminal.OutputForm;
import io.penstock.cli.terminal.Table;
import io.penstock.cli.terminal.Terminal;
import io.penstock.core.protocol.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code topic describe}. */
@Command(name = "describe", description = "Show a topic's partitions and settings.")
final class DescribeTopicCommand implements Runnable {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private OutputForm output = new OutputForm();

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String topic = "";

    DescribeTopicCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        Topics.Description description = server.use(
                terminal,
                client -> Objects.requireNonNull(
                        client.admin().describeTopic(topic).block()));
        output.write(terminal, description, () -> lines(description));
    }

    private static List<String> lines(Topics.Description topic) {
        List<String> lines = new ArrayList<>();
        lines.add("topic " + topic.name() + ", id " + topic.id() + (topic.internal() ? ", internal" : ""));
        lines.add("");
        Table partitions = new Table(">PARTITION", ">LEADER", ">EPOCH", ">START", ">HIGH WATERMARK", ">END", ">SIZE");
        for (Topics.PartitionDescription partition : topic.partitions()) {
            partitions.row(
                    partition.partition(),
                    partition.leader(),
                    partition.leaderEpoch(),
                    partition.logStartOffset(),
                    partition.highWatermark(),
                    partition.logEndOffset(),
                    Figures.bytes(partition.sizeInBytes()));
        }
        lines.addAll(partitions.lines());
        lines.add("");
        Table settings = new Table("SETTING", "VALUE", "SOURCE");
        topic.settings().forEach(setting -> settings.row(setting.name(), setting.value(), setting.source()));
        lines.addAll(settings.lines());
        return lines;
    }
}
