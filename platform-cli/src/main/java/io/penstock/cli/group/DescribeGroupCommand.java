package io.penstock.cli.group;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.OutputForm;
import io.penstock.cli.terminal.Table;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.Admin;
import io.penstock.client.admin.CommittedOffset;
import io.penstock.client.admin.ListedOffset;
import io.penstock.client.admin.OffsetSpec;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.core.protocol.Topics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code group describe}. */
@Command(name = "describe", description = "Show a group's members, what they read, and how far they are behind.")
final class DescribeGroupCommand implements Runnable {

    private static final String NONE = "-";

    /**
     * Where the group is in a partition.
     *
     * @param committed null if nothing is
     * @param end the partition's high watermark; null if the topic is gone
     * @param lag how many offsets lie between them; null unless both are known
     * @param member who reads it; null for nobody
     */
    record Progress(
            String topic,
            int partition,
            @Nullable Long committed,
            @Nullable Long end,
            @Nullable Long lag,
            @Nullable String member) {}

    /** What is shown. */
    record Picture(Groups.Description group, List<Progress> partitions) {}

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private OutputForm output = new OutputForm();

    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String group = "";

    DescribeGroupCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        Picture picture = server.use(terminal, this::look);
        output.write(terminal, picture, () -> lines(picture));
    }

    private Picture look(PenstockClient client) {
        Admin admin = client.admin();
        Groups.Description description =
                Objects.requireNonNull(admin.describeGroup(group).block());
        Map<TopicPartition, CommittedOffset> committed =
                Objects.requireNonNull(admin.groupOffsets(group).block());
        Map<TopicPartition, String> readers = readers(description);
        Set<TopicPartition> partitions = new HashSet<>(committed.keySet());
        partitions.addAll(readers.keySet());
        Map<TopicPartition, ListedOffset> ends = ends(admin, partitions);
        List<Progress> progress = partitions.stream()
                .sorted(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition))
                .map(partition ->
                        progress(partition, committed.get(partition), ends.get(partition), readers.get(partition)))
                .toList();
        return new Picture(description, progress);
    }

    private static Map<TopicPartition, String> readers(Groups.Description description) {
        Map<TopicPartition, String> readers = new HashMap<>();
        for (Groups.Member member : description.members()) {
            for (TopicPartitions topic : member.assigned()) {
                topic.partitions()
                        .forEach(partition ->
                                readers.put(new TopicPartition(topic.topic(), partition), member.memberId()));
            }
        }
        return readers;
    }

    /** Of those that are still there: offsets outlive a topic for a moment. */
    private static Map<TopicPartition, ListedOffset> ends(Admin admin, Set<TopicPartition> partitions) {
        Map<String, Integer> sizes = new HashMap<>();
        Objects.requireNonNull(admin.allTopics().block())
                .forEach((Topics.Listing topic) -> sizes.put(topic.name(), topic.partitions()));
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.stream()
                .filter(partition -> partition.partition() < sizes.getOrDefault(partition.topic(), 0))
                .forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        return asked.isEmpty()
                ? Map.of()
                : Objects.requireNonNull(admin.listOffsets(asked).block());
    }

    private static Progress progress(
            TopicPartition partition,
            @Nullable CommittedOffset committed,
            @Nullable ListedOffset end,
            @Nullable String member) {
        Long lag = committed == null || end == null ? null : Math.max(0, end.offset() - committed.offset());
        return new Progress(
                partition.topic(),
                partition.partition(),
                committed == null ? null : committed.offset(),
                end == null ? null : end.offset(),
                lag,
                member);
    }

    private static List<String> lines(Picture picture) {
        Groups.Description group = picture.group;
        List<String> lines = new ArrayList<>();
        lines.add("group " + group.group() + ", " + group.state() + ", epoch " + group.epoch()
                + (group.assignor().isEmpty() ? "" : ", assignor " + group.assignor()) + ", coordinated by broker "
                + group.coordinator());
        if (!group.members().isEmpty()) {
            lines.add("");
            lines.addAll(members(group));
        }
        if (!picture.partitions.isEmpty()) {
            lines.add("");
            lines.addAll(partitions(picture.partitions));
        }
        return lines;
    }

    private static List<String> members(Groups.Description group) {
        Table table = new Table("MEMBER", "INSTANCE", "CLIENT", "HOST", ">EPOCH", "STATE", ">PARTITIONS");
        for (Groups.Member member : group.members()) {
            table.row(
                    member.memberId(),
                    orNone(member.instanceId()),
                    member.clientId(),
                    member.host(),
                    member.epoch(),
                    member.state(),
                    member.assigned().stream()
                            .mapToInt(topic -> topic.partitions().size())
                            .sum());
        }
        return table.lines();
    }

    private static List<String> partitions(List<Progress> partitions) {
        Table table = new Table("TOPIC", ">PARTITION", ">COMMITTED", ">END", ">LAG", "MEMBER");
        for (Progress partition : partitions) {
            table.row(
                    partition.topic,
                    partition.partition,
                    orNone(partition.committed),
                    orNone(partition.end),
                    orNone(partition.lag),
                    orNone(partition.member));
        }
        return table.lines();
    }

    private static String orNone(@Nullable Object value) {
        return value == null ? NONE : value.toString();
    }
}
