package io.penstock.cli.perf;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Progress;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.Admin;
import io.penstock.client.admin.CommittedOffset;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code perf consume}. */
@Command(
        name = "consume",
        description = "Read a topic from its beginning as fast as it comes, and report the rate.",
        footer = {
            "",
            "Time counts from the first record: connecting is not measured. Every record is decoded and its key and",
            "value are copied, as for any user of the client.",
            "",
            "In a group it goes on where the group has come, acknowledges each record, and commits.",
            "",
            "Examples:",
            "  penstock perf consume --records 5000000",
            "  penstock perf consume --records 5000000 --group measured"
        })
final class PerfConsumeCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private PerfTopic target = new PerfTopic();

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description = "Read as a member of this group.")
    private @Nullable String group;

    PerfConsumeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        long records = target.records();
        return server.use(terminal, client -> measure(client, records));
    }

    private int measure(PenstockClient client, long records) {
        String topic = target.name();
        long there = recordsToRead(client.admin(), topic);
        if (there < records) {
            throw new CommandFailure("topic '" + topic + "' has " + there + " records"
                    + (group == null ? "" : " that group " + group + " has not finished") + ", fewer than --records "
                    + records + ": fill it with penstock perf produce");
        }
        ConsumerOptions.Builder<byte[], byte[]> options = ConsumerOptions.<byte[], byte[]>builder(
                        Serdes.bytes(), Serdes.bytes())
                .topics(topic);
        if (group != null) {
            options.group(GroupOptions.of(group));
        }
        Consumer<byte[], byte[]> consumer = client.consumer(options.build());
        Tally tally = new Tally();
        consumer.receive()
                .take(records)
                .takeUntilOther(terminal.stop().requested())
                .doOnNext(tally::add)
                .blockLast();
        terminal.out()
                .println("consumed "
                        + new RateReport(tally.records, tally.bytes, System.nanoTime() - tally.startNanos).describe());
        return tally.records < records ? ExitCode.INTERRUPTED : ExitCode.OK;
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

    /** Counts from the first record on; used by one thread at a time. */
    private final class Tally {

        private static final int PROGRESS_EVERY = 4096;

        private Progress progress = new Progress(terminal, System.nanoTime());
        private long startNanos = System.nanoTime();
        private long records;
        private long bytes;

        void add(ConsumerRecord<byte[], byte[]> record) {
            if (records == 0) {
                startNanos = System.nanoTime();
                progress = new Progress(terminal, startNanos);
            }
            records++;
            bytes += size(record.key()) + size(record.value());
            record.acknowledge();
            if (records % PROGRESS_EVERY == 0) {
                progress.update(records, bytes, System.nanoTime());
            }
        }

        private static long size(byte @Nullable [] field) {
            return field == null ? 0 : field.length;
        }
    }
}
