package io.penstock.cli.consume;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.connection.StartText;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ReceivedBatch;
import io.penstock.client.consumer.StartPosition;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.Disposable;

/** {@code consume}: writes a topic's records to standard output. */
@Command(
        name = "consume",
        description = "Write a topic's records to standard output, and go on as more come.",
        footer = {
            "",
            "Formats: json, or a pattern of %%k key, %%v value, %%o offset, %%p partition, %%t topic,",
            "%%T timestamp, %%h headers, %%%% percent sign, \\t tab, \\n new line. A line a record.",
            "",
            "Examples:",
            "  penstock consume orders --from latest",
            "  penstock consume orders --from 5m --format '%%T %%p:%%o %%k=%%v'",
            "  penstock consume orders --to-end --format json | jq .value",
            "  penstock consume orders --group billing",
            "",
            "Ctrl-C is a good end (exit code 0), unless --max or --to-end promised more: then it is 130."
        })
public final class ConsumeCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String topic = "";

    @Option(
            names = "--from",
            paramLabel = "START",
            defaultValue = "earliest",
            description = "Where to begin: " + StartText.SYNTAX + ". Default: ${DEFAULT-VALUE}.")
    private String from = "";

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description = {
                "Read as a member of this group: partitions are shared among its members, what was written",
                "is acknowledged and not given to the group again, and --from counts where the group has no offset."
            })
    private @Nullable String group;

    @Option(names = "--max", paramLabel = "N", description = "Stop after so many records.")
    private @Nullable Long max;

    @Option(names = "--to-end", description = "Stop at what is the end when the command starts.")
    private boolean toEnd;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Only this partition; may be given several times. Default: all.")
    private List<Integer> partitions = new ArrayList<>();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "%v",
            description = "What to write of a record. Default: the value.")
    private String format = "";

    public ConsumeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (max != null && max < 0) {
            throw CommandFailure.usage("--max must be 0 or more, was " + max);
        }
        if (group != null && (toEnd || !partitions.isEmpty())) {
            throw CommandFailure.usage("a group shares out partitions, and which come is not known before:"
                    + " --group goes with neither --to-end nor --partition");
        }
        if (format.isEmpty()) {
            throw CommandFailure.usage("--format must not be empty: give a pattern like '%k %v', or json");
        }
        RecordWriter writer = format.equals("json") ? new JsonWriter() : PatternWriter.of(format);
        RecordSink sink = new RecordSink(writer, terminal.bytes(), max == null ? Long.MAX_VALUE : max);
        StartPosition start = StartText.parse("--from", from, ZoneId.systemDefault());
        return server.use(terminal, client -> consume(client, start, sink));
    }

    private int consume(PenstockClient client, StartPosition start, RecordSink sink) {
        Topics.Description description = describe(client);
        Set<Integer> wanted = wantedPartitions(description.partitions().size());
        if (sink.isDone()) {
            return ExitCode.OK;
        }
        return toEnd
                ? consumeRanges(client, OffsetRange.toEnd(description, wanted, start, client.admin()), sink)
                : consumeOn(client, wanted, start, sink);
    }

    private int consumeRanges(PenstockClient client, Map<TopicPartition, OffsetRange> ranges, RecordSink sink) {
        EndOfTopic end = EndOfTopic.of(ranges);
        if (!end.isReached()) {
            ConsumerOptions.Builder<byte[], byte[]> options = options();
            ranges.forEach((partition, range) ->
                    options.partitions(partition).startAt(partition, StartPosition.offset(range.start())));
            receive(client.consumer(options.build()), sink, end);
        }
        return sink.isDone() || end.isReached() ? ExitCode.OK : ExitCode.INTERRUPTED;
    }

    private int consumeOn(PenstockClient client, Set<Integer> wanted, StartPosition start, RecordSink sink) {
        ConsumerOptions.Builder<byte[], byte[]> options = options().startAt(start);
        if (group != null) {
            options.group(GroupOptions.of(group));
        }
        if (partitions.isEmpty()) {
            options.topics(topic);
        } else {
            wanted.forEach(partition -> options.partitions(new TopicPartition(topic, partition)));
        }
        receive(client.consumer(options.build()), sink, EndOfTopic.never());
        return sink.isDone() || max == null ? ExitCode.OK : ExitCode.INTERRUPTED;
    }

    private static ConsumerOptions.Builder<byte[], byte[]> options() {
        return ConsumerOptions.builder(Serdes.bytes(), Serdes.bytes());
    }

    /** Asks before it waits: a mistyped name is told at once, and not answered by an endless wait. */
    private Topics.Description describe(PenstockClient client) {
        try {
            return Objects.requireNonNull(client.admin().describeTopic(topic).block());
        } catch (PenstockException e) {
            if (e.code() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
                throw new CommandFailure(
                        "there is no topic '" + topic + "': see penstock topic list, or penstock topic create " + topic,
                        e);
            }
            throw e;
        }
    }

    private Set<Integer> wantedPartitions(int count) {
        for (int partition : partitions) {
            if (partition < 0 || partition >= count) {
                throw new CommandFailure(
                        "topic '" + topic + "' has partitions 0 to " + (count - 1) + ", not " + partition);
            }
        }
        return partitions.isEmpty()
                ? IntStream.range(0, count).boxed().collect(Collectors.toSet())
                : Set.copyOf(partitions);
    }

    private void receive(Consumer<byte[], byte[]> consumer, RecordSink sink, EndOfTopic end) {
        Disposable passing = consumer.events()
                .ofType(ConsumerEvent.Passed.class)
                .subscribe(event -> end.passed(event.topicPartition(), event.nextOffset()));
        try {
            consumer.receiveBatches()
                    .doOnNext(batch -> take(batch, sink, end))
                    .takeUntil(batch -> sink.isDone() || end.isReached())
                    .takeUntilOther(end.reached())
                    .takeUntilOther(terminal.stop().requested())
                    .blockLast();
        } catch (UncheckedIOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        } finally {
            passing.dispose();
        }
    }

    private static void take(ReceivedBatch<byte[], byte[]> batch, RecordSink sink, EndOfTopic end) {
        try (batch) {
            sink.write(batch);
            end.passed(batch.topicPartition(), batch.lastOffset() + 1);
        }
    }
}
