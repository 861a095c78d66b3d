package io.penstock.cli.perf;

import io.penstock.cli.connection.SendOptions;
import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.OutputForm;
import io.penstock.cli.terminal.Progress;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import java.util.List;
import java.util.Map;
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
            "Then it counts from when the record was due.",
            "",
            "Example:  penstock perf produce --records 5000000 --record-size 100 --partitions 4"
        })
final class PerfProduceCommand implements Callable<Integer> {

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
        if (warmUp < 0 || (throughput != null && throughput <= 0)) {
            throw CommandFailure.usage("--throughput must be 1 or more, --warm-up 0 or more");
        }
        Payloads payloads = what.payloads(send.compression());
        ProducerOptions<byte[], byte[]> options = send.options();
        return server.use(terminal, client -> measure(client, options, payloads, records));
    }

    private int measure(
            PenstockClient client, ProducerOptions<byte[], byte[]> options, Payloads payloads, long records) {
        what.createTopic(client, target.name());
        Scheduler sender = Schedulers.newSingle("penstock-perf", true);
        try {
            Producer<byte[], byte[]> producer = client.producer(options);
            terminal.stop()
                    .orEndOf(producer.send(RecordSource.unlimited(warmUp, number -> record(payloads))))
                    .block();
            AnswerTimes times = new AnswerTimes(records);
            long start = System.nanoTime();
            Progress progress = new Progress(terminal, start);
            long[] answered = new long[1];
            Flux<SendResult> results = producer.send(timed(payloads, records, times, sender))
                    .doOnNext(result -> {
                        times.answered(answered[0]++);
                        progress.updateNowAndThen(answered[0], answered[0] * what.size());
                    });
            terminal.stop().orEndOf(results).block();
            long nanos = System.nanoTime() - start;
            report(new RateReport(answered[0], answered[0] * what.size(), nanos), times.latencies());
            return answered[0] < records ? ExitCode.INTERRUPTED : ExitCode.OK;
        } finally {
            sender.dispose();
        }
    }

    private Flux<ProducerRecord<byte[], byte[]>> timed(
            Payloads payloads, long records, AnswerTimes times, Scheduler sender) {
        if (throughput == null) {
            return RecordSource.unlimited(records, number -> {
                times.sent(number);
                return record(payloads);
            });
        }
        Pace pace = Pace.perSecond(throughput);
        return RecordSource.paced(records, pace, sender).map(number -> {
            times.sent(number, pace);
            return record(payloads);
        });
    }

    private ProducerRecord<byte[], byte[]> record(Payloads payloads) {
        return ProducerRecord.of(target.name(), payloads.next());
    }

    private void report(RateReport rate, Latencies latencies) {
        output.write(
                terminal,
                new Report(rate, latencies.nanos()),
                () -> List.of(
                        "produced " + rate.describe(),
                        latencies.describe(),
                        send.description() + ", " + what.description()));
    }

    /** What a program is told. */
    record Report(RateReport rate, Map<String, Long> latencyNanos) {}
}
