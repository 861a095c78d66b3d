package io.penstock.cli.produce;

import io.penstock.cli.connection.SendOptions;
import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Figures;
import io.penstock.cli.terminal.Progress;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** {@code produce}: sends lines as records. */
@Command(
        name = "produce",
        description = "Send the lines of standard input or of a file as records.",
        footer = {
            "",
            "Examples:",
            "  echo hello | penstock produce greetings",
            "  penstock produce orders --file orders.txt --key-separator : --compression zstd",
            "",
            "It ends when everything is acknowledged. Ctrl-C reads no more and still waits for what was read."
        })
public final class ProduceCommand implements Callable<Integer> {

    private static final int MAX_LINE_BYTES = 16 << 20;

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "TOPIC", description = "The topic; created if the server's policy allows it.")
    private String topic = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "Read this file instead of standard input.")
    private @Nullable Path file;

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description = "What stands between key and value. Default: lines have no key.")
    private @Nullable String keySeparator;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Send everything to this partition. Default: by key, or spread.")
    private @Nullable Integer partition;

    @Mixin
    private SendOptions send = new SendOptions();

    public ProduceCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (partition != null && partition < 0) {
            throw CommandFailure.usage("--partition must be 0 or more, was " + partition);
        }
        if ("".equals(keySeparator)) {
            throw CommandFailure.usage("--key-separator must not be empty");
        }
        try (InputStream input = open()) {
            ProducerOptions<byte[], byte[]> options = send.options();
            return server.use(terminal, client -> produce(client.producer(options), input));
        } catch (IOException e) {
            throw new CommandFailure("can't read " + file + ": " + e.getMessage(), e);
        }
    }

    private InputStream open() throws IOException {
        if (file == null) {
            return terminal.in();
        }
        try {
            return Files.newInputStream(file);
        } catch (NoSuchFileException e) {
            throw new CommandFailure("there is no file " + file, e);
        }
    }

    private int produce(Producer<byte[], byte[]> producer, InputStream input) {
        Progress progress = new Progress(terminal, System.nanoTime());
        Counts counts = new Counts();
        // A read of standard input can't be interrupted: it has a thread of its own that keeps no process alive.
        Scheduler reading = Schedulers.newSingle("penstock-input", true);
        try {
            producer.send(lines(input, counts)
                            .subscribeOn(reading)
                            .takeUntilOther(terminal.stop().requested()))
                    .doOnNext(result -> progress.update(++counts.acknowledged, counts.bytes, System.nanoTime()))
                    .blockLast();
        } finally {
            reading.dispose();
            progress.finish(counts.acknowledged, counts.bytes, System.nanoTime());
        }
        return terminal.stop().isRequested() ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    private Flux<ProducerRecord<byte[], byte[]>> lines(InputStream input, Counts counts) {
        LineReader reader = new LineReader(input, MAX_LINE_BYTES);
        LineParser parser = new LineParser(topic, partition, keySeparator);
        return Flux.generate(sink -> {
            try {
                byte[] line = reader.next();
                if (line == null) {
                    sink.complete();
                } else {
                    counts.bytes += line.length;
                    sink.next(parser.parse(line));
                }
            } catch (IOException e) {
                sink.error(new CommandFailure("can't read line " + Figures.count(counts.acknowledged + 1), e));
            }
        });
    }

    /** What went through; each field is written by one thread, and the figures are for the eye. */
    private static final class Counts {
        private volatile long bytes;
        private volatile long acknowledged;
    }
}
