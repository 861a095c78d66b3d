package io.penstock.cli.produce;

import io.penstock.cli.connection.SendOptions;
import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Progress;
import io.penstock.cli.terminal.Terminal;
import io.penstock.cli.terminal.Words;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendException;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
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
        ProducerOptions<byte[], byte[]> options = send.options();
        Counts counts = new Counts();
        try (InputStream input = open()) {
            LineReader lines = new LineReader(input, options.maxRequestSize());
            return server.use(terminal, client -> produce(client.producer(options), lines, counts));
        } catch (IOException e) {
            throw new CommandFailure("can't read " + source() + ": " + Words.of(e), e);
        } catch (CommandFailure e) {
            throw e.exitCode() == ExitCode.INTERRUPTED ? e.and("; " + counts.describe()) : e;
        }
    }

    private InputStream open() throws IOException {
        if (file == null) {
            return terminal.in();
        }
        if (Files.isDirectory(file)) {
            throw new CommandFailure(file + " is a directory: give a file; nothing was sent");
        }
        try {
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw new CommandFailure("can't read " + file + ": " + Words.of(e) + "; nothing was sent", e);
        }
    }

    private String source() {
        return file == null ? "standard input" : file.toString();
    }

    private int produce(Producer<byte[], byte[]> producer, LineReader lines, Counts counts) {
        Progress progress = new Progress(terminal, System.nanoTime());
        // A read of standard input can't be interrupted: it has a thread of its own that keeps no process alive.
        Scheduler reading = Schedulers.newSingle("penstock-input", true);
        try {
            producer.send(records(lines, counts)
                            .subscribeOn(reading)
                            .takeUntilOther(terminal.stop().requested()))
                    .doOnNext(result -> {
                        terminal.stop().moved();
                        progress.update(++counts.acknowledged, counts.bytes, System.nanoTime());
                    })
                    .blockLast();
        } catch (SendException e) {
            throw new CommandFailure(notSent(counts.acknowledged + 1, e) + "; " + counts.describe(), e);
        } catch (CommandFailure e) {
            throw e.and("; " + counts.describe());
        } finally {
            reading.dispose();
            progress.finish(counts.acknowledged, counts.bytes, System.nanoTime());
        }
        return terminal.stop().isRequested() ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    private Flux<ProducerRecord<byte[], byte[]>> records(LineReader lines, Counts counts) {
        LineParser parser = new LineParser(topic, partition, keySeparator);
        return Flux.generate(sink -> {
            try {
                byte[] line = lines.next();
                if (line == null) {
                    sink.complete();
                } else {
                    counts.read++;
                    counts.bytes += line.length;
                    sink.next(parser.parse(line));
                }
            } catch (LongLineException e) {
                sink.error(new CommandFailure(
                        "line " + (counts.read + 1) + " " + e.getMessage()
                                + ": raise --max-request-size, up to 64m, and the topic's max.message.bytes, or split the line",
                        e));
            } catch (IOException e) {
                sink.error(new CommandFailure(
                        "can't read line " + (counts.read + 1) + " of " + source() + ": " + Words.of(e), e));
            }
        });
    }

    /** Results come in the order of the lines, so that their number tells which one failed. */
    private static String notSent(long line, SendException failure) {
        String what = failure.outcome() == Outcome.NOT_WRITTEN ? " was not written: " : " may not have been written: ";
        String advice = failure.code() == ErrorCode.MESSAGE_TOO_LARGE
                ? ": raise --max-request-size, the topic's max.message.bytes and the broker's frame.max.bytes beyond it, or"
                        + " split the line"
                : "";
        return "line " + line + what + failure.getMessage() + " (" + failure.code() + ")" + advice;
    }

    /** What went through; each field is written by one thread at a time. */
    private static final class Counts {
        private volatile long read;
        private volatile long bytes;
        private volatile long acknowledged;

        String describe() {
            return switch ((int) Math.min(2, acknowledged)) {
                case 0 -> "no record was acknowledged";
                case 1 -> "1 record was acknowledged";
                default -> acknowledged + " records were acknowledged";
            };
        }
    }
}
