package io.penstock.cli.perf;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Progress;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.serialization.Serdes;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code perf consume}. */
@Command(
        name = "consume",
        description = "Read a topic from its beginning as fast as it comes, and report the rate.",
        footer = {
            "",
            "Time counts from the first record: connecting is not measured. Every record is decoded and its key and",
            "value are copied, as for any user of the client.",
            "",
            "Example:  penstock perf consume --records 5000000"
        })
final class PerfConsumeCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private PerfTopic target = new PerfTopic();

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
        long there = Objects.requireNonNull(client.admin().describeTopic(topic).block()).partitions().stream()
                .mapToLong(partition -> partition.highWatermark() - partition.logStartOffset())
                .sum();
        if (there < records) {
            throw new CommandFailure("topic '" + topic + "' has " + there + " records, fewer than --records " + records
                    + ": fill it with penstock perf produce");
        }
        Consumer<byte[], byte[]> consumer =
                client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(topic)
                        .build());
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
            if (records % PROGRESS_EVERY == 0) {
                progress.update(records, bytes, System.nanoTime());
            }
        }

        private static long size(byte @org.jspecify.annotations.Nullable [] field) {
            return field == null ? 0 : field.length;
        }
    }
}
