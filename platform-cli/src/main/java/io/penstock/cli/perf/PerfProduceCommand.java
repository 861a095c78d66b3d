package io.penstock.cli.perf;

import io.penstock.cli.connection.SendOptions;
import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Progress;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** {@code perf produce}. */
@Command(
        name = "produce",
        description = "Send records as fast as they are taken, and report rate and latency.",
        footer = {
            "",
            "Latency is from handing a record to the producer to its result. Without --throughput the producer's",
            "buffer is always full, and the latency is that of the queue: give a throughput to measure the server.",
            "",
            "Example:  penstock perf produce --records 5000000 --record-size 100 --partitions 4"
        })
final class PerfProduceCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private PerfTopic target = new PerfTopic();

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Partitions of a topic that is created. Default: ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(
            names = "--durability",
            paramLabel = "HOW",
            description = "fsync or replicated, of a topic that is created. Default: the server's.")
    private @Nullable String durability;

    @Option(
            names = "--record-size",
            paramLabel = "BYTES",
            defaultValue = "100",
            description = "The size of a value. Default: ${DEFAULT-VALUE}.")
    private int recordSize;

    @Option(
            names = "--payload",
            paramLabel = "KIND",
            defaultValue = "incompressible",
            description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Payloads.Kind payload = Payloads.Kind.incompressible;

    @Option(
            names = "--throughput",
            paramLabel = "N",
            description = "Records per second. Default: as many as are taken.")
    private @Nullable Long throughput;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "0",
            description = "Records that are sent first and not counted. Default: ${DEFAULT-VALUE}.")
    private long warmUp;

    @Mixin
    private SendOptions send = new SendOptions();

    PerfProduceCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        long records = target.records();
        boolean inRange = recordSize >= 0 && partitions > 0 && warmUp >= 0;
        if (!inRange || (throughput != null && throughput <= 0)) {
            throw CommandFailure.usage(
                    "--partitions and --throughput must be 1 or more," + " --record-size and --warm-up 0 or more");
        }
        ProducerOptions<byte[], byte[]> options = send.options();
        return server.use(terminal, client -> measure(client, options, records));
    }

    private int measure(PenstockClient client, ProducerOptions<byte[], byte[]> options, long records) {
        createTopic(client);
        Payloads payloads = new Payloads(payload, recordSize);
        Scheduler timer = Schedulers.newSingle("penstock-perf", true);
        try {
            Producer<byte[], byte[]> producer = client.producer(options);
            producer.send(RecordSource.unlimited(warmUp).map(number -> record(payloads, number)))
                    .takeUntilOther(terminal.stop().requested())
                    .blockLast();
            Latencies latencies = new Latencies(records);
            Flux<Long> numbers = throughput == null
                    ? RecordSource.unlimited(records)
                    : RecordSource.paced(records, throughput, timer);
            long start = System.nanoTime();
            Progress progress = new Progress(terminal, start);
            long[] answered = new long[1];
            producer.send(numbers.map(number -> timed(payloads, latencies, number)))
                    .doOnNext(result -> {
                        latencies.answered(answered[0]++);
                        progress.update(answered[0], answered[0] * recordSize, System.nanoTime());
                    })
                    .takeUntilOther(terminal.stop().requested())
                    .blockLast();
            report(answered[0], System.nanoTime() - start, latencies);
            return answered[0] < records ? ExitCode.INTERRUPTED : ExitCode.OK;
        } finally {
            timer.dispose();
        }
    }

    private void createTopic(PenstockClient client) {
        NewTopic newTopic = NewTopic.of(target.name(), partitions);
        try {
            client.admin()
                    .createTopic(durability == null ? newTopic : newTopic.withSetting("durability", durability))
                    .block();
        } catch (PenstockException e) {
            if (e.code() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw e;
            }
        }
    }

    private ProducerRecord<byte[], byte[]> timed(Payloads payloads, Latencies latencies, long number) {
        latencies.sent(number);
        return record(payloads, number);
    }

    private ProducerRecord<byte[], byte[]> record(Payloads payloads, long number) {
        return ProducerRecord.of(target.name(), payloads.value(number));
    }

    private void report(long answered, long nanos, Latencies latencies) {
        terminal.out().println("produced " + new RateReport(answered, answered * recordSize, nanos).describe());
        terminal.out().println(latencies.describe());
        terminal.out().println(send.description() + ", " + payload + " values of " + recordSize + " bytes");
    }
}
