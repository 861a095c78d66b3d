package io.penstock.cli.group;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.connection.StartText;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Table;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.admin.Admin;
import io.penstock.client.admin.OffsetTarget;
import io.penstock.client.admin.ResetOffset;
import io.penstock.client.consumer.StartPosition;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code group reset-offsets}. */
@Command(
        name = "reset-offsets",
        description = "Let a group without members go on somewhere else.",
        footer = {
            "",
            "Examples:",
            "  penstock group reset-offsets billing --to earliest --dry-run",
            "  penstock group reset-offsets billing --to 2h --topic orders --topic payments:0,3"
        })
final class ResetOffsetsCommand implements Runnable {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "GROUP", description = "The group; it comes into being if it is not there.")
    private String group = "";

    @Option(
            names = "--to",
            paramLabel = "START",
            required = true,
            description = "Where it is to go on: " + StartText.SYNTAX + ".")
    private String to = "";

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC[:N,N]",
            description = "A topic, or some of its partitions; may be given several times."
                    + " Default: all partitions for which the group has offsets.")
    private List<String> topics = new ArrayList<>();

    @Option(names = "--dry-run", description = "Show what would be, and change nothing.")
    private boolean dryRun;

    ResetOffsetsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        OffsetTarget target = target(StartText.parse("--to", to, ZoneId.systemDefault()));
        Map<TopicPartition, ResetOffset> plan = server.use(terminal, client -> {
            Map<TopicPartition, OffsetTarget> targets = new HashMap<>();
            partitions(client.admin()).forEach(partition -> targets.put(partition, target));
            return Objects.requireNonNull(
                    client.admin().resetOffsets(group, targets, dryRun).block());
        });
        Table table = new Table("TOPIC", ">PARTITION", ">BEFORE", ">AFTER");
        plan.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(
                        Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition)))
                .forEach(entry -> table.row(
                        entry.getKey().topic(),
                        entry.getKey().partition(),
                        entry.getValue().before() < 0
                                ? "-"
                                : String.valueOf(entry.getValue().before()),
                        entry.getValue().after()));
        table.lines().forEach(terminal.out()::println);
        terminal.err().println(dryRun ? "nothing was changed (--dry-run)" : "reset the offsets of group " + group);
    }

    private static OffsetTarget target(StartPosition start) {
        if (start instanceof StartPosition.Earliest) {
            return OffsetTarget.earliest();
        } else if (start instanceof StartPosition.Latest) {
            return OffsetTarget.latest();
        } else if (start instanceof StartPosition.Offset offset) {
            return OffsetTarget.offset(offset.offset());
        } else if (start instanceof StartPosition.Timestamp time) {
            return OffsetTarget.timestamp(time.timestamp());
        }
        return OffsetTarget.ago(((StartPosition.Ago) start).duration());
    }

    private Set<TopicPartition> partitions(Admin admin) {
        if (topics.isEmpty()) {
            Set<TopicPartition> committed =
                    Objects.requireNonNull(admin.groupOffsets(group).block()).keySet();
            if (committed.isEmpty()) {
                throw new CommandFailure("group " + group + " has no offsets: say with --topic where it is to begin");
            }
            return committed;
        }
        Set<TopicPartition> partitions = new HashSet<>();
        topics.forEach(topic -> partitions.addAll(partitions(admin, topic)));
        return partitions;
    }

    private static List<TopicPartition> partitions(Admin admin, String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            Topics.Description topic =
                    Objects.requireNonNull(admin.describeTopic(text).block());
            return topic.partitions().stream()
                    .map(partition -> new TopicPartition(text, partition.partition()))
                    .toList();
        }
        List<TopicPartition> partitions = new ArrayList<>();
        for (String number : text.substring(colon + 1).split(",", -1)) {
            if (!number.matches("\\d{1,6}")) {
                throw CommandFailure.usage(
                        "--topic " + text + " is not understood: give TOPIC, or TOPIC:N,N with numbers of partitions");
            }
            partitions.add(new TopicPartition(text.substring(0, colon), Integer.parseInt(number)));
        }
        return partitions;
    }
}
