package io.penstock.cli.perf;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.OutputForm;
import io.penstock.cli.terminal.Progress;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.Admin;
import io.penstock.client.admin.CommittedOffset;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code perf consume}. */
@Command(
        name = "consume",
        description = "Read a topic from its beginning as fast as it comes, and report the rate.",
        footer = {
            "",
            "Time counts from the first record to the last: connecting is not measured. Every record is decoded and its key and",
            "value are copied, as for any user of the client. It fails if a record comes again or out of order.",
            "",
            "In a group it goes on where the group has come, acknowledges each record, and commits.",
            "",
            "Examples:",
            "  penstock perf consume --records 5000000",
            "  penstock perf consume --records 5000000 --batches",
            "  penstock perf consume --records 5000000 --group measured"
        })
final class PerfConsumeCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private OutputForm output = new OutputForm();

    @Mixin
    private PerfTopic target = new PerfTopic();

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description = "Read as a member of this group.")
    private @Nullable String group;

    @Option(
            names = "--batches",
            description = "Receive batches and iterate over their records, instead of receiving the records.")
    private boolean batches;

    @Option(
            names = "--consumers",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many consumers read, each --records of its own. Default: ${DEFAULT-VALUE}.")
    private int consumers;

    @Option(names = "--follow", description = "Wait for records that are not there yet, instead of failing.")
    private boolean follow;

    PerfConsumeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        long records = target.records();
        if (consumers < 1 || (consumers > 1 && group != null)) {
            throw CommandFailure.usage("--consumers must be 1 or more, and is 1 in a group, was " + consumers);
        }
        return server.use(terminal, client -> measure(client, records));
    }

    private int measure(PenstockClient client, long records) {
        if (!follow) {
            checkThatThereAre(client.admin(), records);
        }
        Progress progress = new Progress(terminal, System.nanoTime());
        List<ReceivedTally> tallies = new ArrayList<>();
        List<Mono<Void>> readings = new ArrayList<>();
        for (int i = 0; i < consumers; i++) {
            ReceivedTally tally = new ReceivedTally(records, i == 0 ? progress : null);
            tallies.add(tally);
            readings.add(terminal.stop().orEndOf(reading(client, tally)));
        }
        Mono.when(readings).block();
        return report(ConsumeReport.of(tallies), records * consumers);
    }

    private Flux<?> reading(PenstockClient client, ReceivedTally tally) {
        ConsumerOptions.Builder<byte[], byte[]> options = ConsumerOptions.<byte[], byte[]>builder(
                        Serdes.bytes(), Serdes.bytes())
                .topics(target.name());
        if (group != null) {
            options.group(GroupOptions.of(group));
        }
        Consumer<byte[], byte[]> consumer = client.consumer(options.build());
        if (batches) {
            return consumer.receiveBatches().doOnNext(tally::add).takeUntil(batch -> tally.isComplete());
        }
        return consumer.receive().doOnNext(tally::add).take(tally.wanted());
    }

    private int report(ConsumeReport report, long wanted) {
        output.write(terminal, report, report::lines);
        if (report.repeated() > 0) {
            throw new CommandFailure(report.repeated() + " of the records came again, or after later ones");
        }
        return report.rate().records() < wanted ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    private void checkThatThereAre(Admin admin, long records) {
        long there = recordsToRead(admin, target.name());
        if (there < records) {
            throw new CommandFailure("topic '" + target.name() + "' has " + there + " records"
                    + (group == null ? "" : " that group " + group + " has not finished") + ", fewer than --records "
                    + records + ": fill it with penstock perf produce");
        }
    }

    private long recordsToRead(Admin admin, String topic) {
        Topics.Description description =
                Objects.requireNonNull(admin.describeTopic(topic).block());
        Map<TopicPartition, CommittedOffset> committed = group == null
                ? Map.of()
                : Objects.requireNonNull(admin.groupOffsets(group).block());
        long records = 0;
        for (Topics.PartitionDescription partition : description.partitions()) {
            CommittedOffset from = committed.get(new TopicPartition(topic, partition.partition()));
            long start = from == null ? 0 : from.offset();
            records += partition.highWatermark() - Math.max(partition.logStartOffset(), start);
        }
        return records;
    }
}
