package io.penstock.cli.perf;

import io.penstock.cli.connection.SendOptions;
import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.OutputForm;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.StartPosition;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** {@code perf latency}. */
@Command(
        name = "latency",
        description = "Send records at a rate, receive them, and report how long they take from end to end.",
        footer = {
            "",
            "Latency is from when a record was due by the rate, whenever it could be sent, to when the consumer has it.",
            "Producer and consumer are in this process, on connections of their own. It fails if a record is lost,",
            "comes twice, or out of order.",
            "",
            "Example:  penstock perf latency --records 600000 --throughput 20000 --linger 0ms"
        })
final class PerfLatencyCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private OutputForm output = new OutputForm();

    @Mixin
    private PerfTopic target = new PerfTopic();

    @Mixin
    private PerfRecords what = new PerfRecords();

    @Option(
            names = "--throughput",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Records per second. Default: ${DEFAULT-VALUE}.")
    private long throughput;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Records that are sent first and not counted. Default: those of two seconds.")
    private @Nullable Long warmUp;

    @Mixin
    private SendOptions send = new SendOptions();

    PerfLatencyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        long records = target.records();
        long before = warmUp == null ? 2 * throughput : warmUp;
        if (before < 0 || throughput < 1 || what.size() < NumberedValue.LEAST_BYTES) {
            throw CommandFailure.usage("--throughput must be 1 or more, --warm-up 0 or more, and --record-size "
                    + NumberedValue.LEAST_BYTES + " or more");
        }
        ProducerOptions<byte[], byte[]> options = send.options();
        return server.use(terminal, client -> measure(client, options, before, before + records));
    }

    private int measure(PenstockClient client, ProducerOptions<byte[], byte[]> options, long before, long total) {
        what.createTopic(client, target.name());
        Payloads payloads = what.payloads(send.compression());
        Producer<byte[], byte[]> producer = client.producer(options);
        Consumer<byte[], byte[]> consumer = client.consumer(fromTheEnd(client));
        Scheduler sender = Schedulers.newSingle("penstock-perf", true);
        try {
            Pace pace = Pace.perSecond(throughput);
            Arrivals arrivals = new Arrivals(pace, before, total);
            Mono<Void> receiving = terminal.stop()
                    .orEndOf(consumer.receive()
                            .doOnNext(record -> arrivals.add(record.partition(), record.offset(), record.value()))
                            .take(total));
            Mono<Void> sending = terminal.stop()
                    .orEndOf(producer.send(RecordSource.paced(total, pace, sender)
                            .map(number ->
                                    ProducerRecord.of(target.name(), NumberedValue.of(number, payloads.next())))));
            Mono.when(receiving, sending).block();
            report(arrivals.latencies(), arrivals.rate());
            return arrivals.isComplete() ? ExitCode.OK : ExitCode.INTERRUPTED;
        } catch (IllegalArrivalException e) {
            throw new CommandFailure("topic '" + target.name() + "': " + e.getMessage(), e);
        } finally {
            sender.dispose();
        }
    }

    private ConsumerOptions<byte[], byte[]> fromTheEnd(PenstockClient client) {
        ConsumerOptions.Builder<byte[], byte[]> options = ConsumerOptions.<byte[], byte[]>builder(
                        Serdes.bytes(), Serdes.bytes())
                .topics(target.name());
        Topics.Description topic = Objects.requireNonNull(
                client.admin().describeTopic(target.name()).block());
        for (Topics.PartitionDescription partition : topic.partitions()) {
            options.startAt(
                    new TopicPartition(target.name(), partition.partition()),
                    StartPosition.offset(partition.highWatermark()));
        }
        return options.build();
    }

    private void report(Latencies latencies, RateReport rate) {
        output.write(
                terminal,
                new Report(rate, latencies.nanos()),
                () -> List.of(
                        "received " + rate.describe(),
                        "end to end " + latencies.describe(),
                        send.description() + ", " + what.description()));
    }

    /** What a program is told. */
    record Report(RateReport rate, Map<String, Long> latencyNanos) {}
}
