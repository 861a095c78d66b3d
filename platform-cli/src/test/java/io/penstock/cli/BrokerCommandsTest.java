package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BrokerCommandsTest {

    @TempDir
    private Path directory = Path.of("");

    private BrokerFixture broker;

    @BeforeEach
    void startBroker() {
        broker = new BrokerFixture(directory.resolve("data"));
    }

    @AfterEach
    void stopBroker() {
        broker.close();
    }

    @Test
    void createsListsDescribesAndDeletesATopic() {
        assertThat(broker.run("topic", "list").out()).contains("no topics yet");

        CommandRun created = broker.run("topic", "create", "orders", "-p", "3", "-c", "segment.bytes=1048576");
        assertThat(created.out()).isEqualTo("created topic orders with 3 partitions\n");
        assertThat(broker.run("topic", "list").out()).containsPattern("orders +3 +[0-9a-f-]{36}");
        assertThat(broker.run("topic", "describe", "orders").out())
                .contains("topic orders, id ")
                .containsPattern("segment.bytes +1048576 +TOPIC")
                .contains("HIGH WATERMARK");

        assertThat(broker.run("topic", "delete", "orders").out()).isEqualTo("deleted topic orders\n");
        assertThat(broker.run("topic", "list").out()).contains("no topics yet");
    }

    @Test
    void givesATopicMorePartitions() {
        broker.run("topic", "create", "orders", "-p", "2");

        assertThat(broker.run("topic", "alter", "orders", "--partitions", "5").out())
                .isEqualTo("altered topic orders\n");
        assertThat(broker.run("topic", "list").out()).containsPattern("orders +5 ");
        assertThat(broker.run("topic", "alter", "orders", "--partitions", "3").err())
                .contains("has 5 partitions");
        assertThat(broker.run("topic", "alter", "orders", "--partitions", "0").exitCode())
                .isEqualTo(2);
    }

    @Test
    void goesOnInAGroupAfterWhatItWrote() throws IOException {
        broker.run("topic", "create", "orders", "-p", "2");
        Path lines = Files.writeString(directory.resolve("lines"), "one\ntwo\nthree\n");
        broker.run("produce", "orders", "--partition", "1", "--file", lines.toString());

        assertThat(broker.run("consume", "orders", "--group", "billing", "--max", "2")
                        .out())
                .isEqualTo("one\ntwo\n");
        assertThat(broker.run("group", "describe", "billing").out())
                .contains("group billing, Empty")
                .containsPattern("orders +1 +2 +3 +1 +-");
        assertThat(broker.run("consume", "orders", "--group", "billing", "--max", "1")
                        .out())
                .isEqualTo("three\n");
        CommandRun refused = broker.run("consume", "orders", "--group", "billing", "--to-end");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("--group goes with neither --to-end nor --partition");
    }

    @Test
    void resetsShowsAndDeletesAGroup() throws IOException {
        assertThat(broker.run("group", "list").out()).contains("no groups yet");
        broker.run("topic", "create", "orders", "-p", "2");
        Path lines = Files.writeString(directory.resolve("lines"), "one\ntwo\nthree\n");
        broker.run("produce", "orders", "--partition", "0", "--file", lines.toString());

        assertThat(broker.run("group", "reset-offsets", "billing", "--to", "1").err())
                .contains("has no offsets");
        CommandRun rehearsed =
                broker.run("group", "reset-offsets", "billing", "--to", "latest", "-t", "orders", "--dry-run");
        assertThat(rehearsed.out()).containsPattern("orders +0 +- +3").containsPattern("orders +1 +- +0");
        assertThat(rehearsed.err()).contains("nothing was changed");
        assertThat(broker.run("group", "list").out()).contains("no groups yet");

        broker.run("group", "reset-offsets", "billing", "--to", "1", "-t", "orders:0");
        assertThat(broker.run("group", "list").out()).containsPattern("billing +Empty +0 ");
        assertThat(broker.run("group", "describe", "billing").out())
                .contains("group billing, Empty")
                .containsPattern("orders +0 +1 +3 +2 +-");
        assertThat(broker.run("group", "reset-offsets", "billing", "--to", "earliest")
                        .out())
                .containsPattern("orders +0 +1 +0");

        assertThat(broker.run("group", "delete", "billing").out()).isEqualTo("deleted group billing\n");
        assertThat(broker.run("group", "delete", "billing").err()).contains("GROUP_ID_NOT_FOUND");
        assertThat(broker.run("group", "describe", "billing").err()).contains("GROUP_ID_NOT_FOUND");
        assertThat(broker.run("group", "reset-offsets", "billing", "--to", "1", "-t", "orders:x")
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void showsTheMembersOfAGroupAndLeavesThemAlone() throws IOException {
        broker.run("topic", "create", "orders", "-p", "2");
        broker.runWithInput("one\ntwo\n", "produce", "orders", "--partition", "1");
        PenstockClient client = PenstockClient.connect("penstock://" + broker.address());
        try {
            Consumer<String, String> consumer = client.consumer(ConsumerOptions.<String, String>builder(
                            Serdes.string(), Serdes.string())
                    .topics("orders")
                    .group(GroupOptions.builder("billing").instanceId("desk").build())
                    .build());
            CompletableFuture<ConsumerEvent> assigned = consumer.events()
                    .filter(ConsumerEvent.Assigned.class::isInstance)
                    .next()
                    .toFuture();
            consumer.receive().subscribe();
            assigned.join();

            assertThat(broker.run("group", "list").out()).containsPattern("billing +Stable +1 ");
            String described = broker.run("group", "describe", "billing").out();
            assertThat(described)
                    .contains("group billing, Stable")
                    .contains("assignor cooperative-sticky")
                    .containsPattern("[0-9a-f-]{36} +desk +\\S+ +127.0.0.1\\S* +\\d+ +Stable +2")
                    .containsPattern("orders +1 +\\S+ +2 +\\S+ +[0-9a-f-]{36}");
            JsonNode json = json("group", "describe", "billing", "-o", "json");
            assertThat(json.at("/group/members")).hasSize(1);
            assertThat(json.at("/partitions/1/member").asText())
                    .isEqualTo(json.at("/group/members/0/memberId").asText());
            assertThat(broker.run("group", "reset-offsets", "billing", "--to", "earliest", "-t", "orders")
                            .err())
                    .contains("group billing has 1 member: stop it");
            assertThat(broker.run("group", "delete", "billing").err()).contains("NON_EMPTY_GROUP");
        } finally {
            client.closeNow();
        }
    }

    @Test
    void altersATopicAndDeletesItsFirstRecords() throws IOException {
        broker.run("topic", "create", "orders");
        Path lines = Files.writeString(directory.resolve("lines"), "one\ntwo\nthree\n");
        broker.run("produce", "orders", "--file", lines.toString());

        assertThat(broker.run("topic", "alter", "orders", "--set", "retention.ms=5000000000")
                        .out())
                .isEqualTo("altered topic orders\n");
        assertThat(broker.run("topic", "describe", "orders").out()).containsPattern("retention.ms +5000000000 +TOPIC");
        broker.run("topic", "alter", "orders", "--unset", "retention.ms");
        assertThat(broker.run("topic", "describe", "orders").out()).containsPattern("retention.ms +604800000 ");
        assertThat(broker.run("topic", "alter", "orders").err()).contains("nothing to change");

        assertThat(broker.run("topic", "delete-records", "orders", "-p", "0", "--before", "2")
                        .out())
                .isEqualTo("orders-0 starts at offset 2\n");
        assertThat(broker.run("consume", "orders", "--to-end").out()).isEqualTo("three\n");
        assertThat(broker.run("topic", "delete-records", "orders", "-p", "0", "--before", "4")
                        .err())
                .contains("orders-0 can't be deleted up to offset 4: that is above its high watermark")
                .contains("OFFSET_OUT_OF_RANGE");
        assertThat(broker.run("topic", "delete-records", "orders", "-p", "0", "--before", "end")
                        .out())
                .isEqualTo("orders-0 starts at offset 3\n");
    }

    @Test
    void describesAndListsInJson() throws IOException {
        broker.run("topic", "create", "orders", "-p", "2");
        ObjectMapper json = new ObjectMapper();

        JsonNode topics =
                json.readTree(broker.run("topic", "list", "-o", "json").out());
        JsonNode topic = json.readTree(
                broker.run("topic", "describe", "orders", "-o", "json").out());

        assertThat(topics.get(0).get("name").asText()).isEqualTo("orders");
        assertThat(topic.get("partitions")).hasSize(2);
        assertThat(topic.get("id").asText()).isEqualTo(topics.get(0).get("id").asText());
    }

    @Test
    void checksATopicWithoutCreatingIt() {
        assertThat(broker.run("topic", "create", "orders", "--check").out()).contains("could be created");
        assertThat(broker.run("topic", "list").out()).contains("no topics yet");
    }

    @Test
    void refusesATopicTwiceUnlessToldOtherwise() {
        broker.run("topic", "create", "orders");

        CommandRun again = broker.run("topic", "create", "orders");
        CommandRun tolerant = broker.run("topic", "create", "orders", "--if-not-exists");

        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("TOPIC_ALREADY_EXISTS").hasLineCount(1);
        assertThat(tolerant.exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment.bites=1", "segment.bytes=many"})
    void passesOnWhyASettingIsRefused(String setting) {
        CommandRun run = broker.run("topic", "create", "orders", "-c", setting);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("segment.b", "INVALID_CONFIG").hasLineCount(1);
    }

    @Test
    void producesLinesAndConsumesThem() {
        CommandRun produced = broker.runWithInput("one\ntwo\nthree\n", "produce", "lines");
        assertThat(produced.err()).isEmpty();
        assertThat(produced.exitCode()).isZero();

        CommandRun consumed = broker.run("consume", "lines", "--to-end");

        assertThat(consumed.out()).isEqualTo("one\ntwo\nthree\n");
        assertThat(consumed.err()).isEmpty();
        assertThat(consumed.exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void producesAFileWithKeysInEveryCompression(String codec) throws IOException {
        String lines = IntStream.range(0, 5_000)
                .mapToObj(i -> "key" + i % 7 + ":value " + i)
                .collect(Collectors.joining("\n", "", "\n"));
        Path file = Files.writeString(directory.resolve("lines"), lines);
        broker.run("topic", "create", "keyed", "-p", "4");

        CommandRun produced = broker.run("produce", "keyed", "-f", file.toString(), "-k", ":", "--compression", codec);
        CommandRun consumed = broker.run("consume", "keyed", "--to-end", "--format", "%k:%v");

        assertThat(produced.exitCode()).isZero();
        assertThat(consumed.out().lines())
                .containsExactlyInAnyOrderElementsOf(lines.lines().toList());
        assertThat(consumed.out().lines().filter(line -> line.startsWith("key3:")))
                .as("order of a key")
                .containsExactlyElementsOf(
                        lines.lines().filter(line -> line.startsWith("key3:")).toList());
    }

    @Test
    void consumesFromAnOffsetAndAtMostSoMany() {
        broker.runWithInput("0\n1\n2\n3\n4\n", "produce", "numbers");

        CommandRun run = broker.run("consume", "numbers", "--from", "2", "--max", "2", "--format", "%o=%v");

        assertThat(run.out()).isEqualTo("2=2\n3=3\n");
        assertThat(run.exitCode()).isZero();
        assertThat(broker.run("consume", "numbers", "--max", "0").out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"latest", "3", "7", "2999-01-01", "+999999999-12-31"})
    void endsAtOnceWhenItWouldBeginAtTheEndOrPastIt(String start) {
        broker.runWithInput("0\n1\n2\n", "produce", "numbers");

        CommandRun run = broker.run("consume", "numbers", "--from", start, "--to-end");

        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"99999999d", "999999999d", "1969-12-31"})
    void consumesEverythingIfItBeginsBeforeAllTime(String start) {
        broker.runWithInput("0\n1\n", "produce", "numbers");

        CommandRun run = broker.run("consume", "numbers", "--from", start, "--max", "2");

        assertThat(run.out()).isEqualTo("0\n1\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void consumesFromAnAgeToTheEndThoughAPartitionIsEmpty() {
        broker.run("topic", "create", "parted", "-p", "2");
        broker.runWithInput("a\nb\n", "produce", "parted", "-p", "1");

        CommandRun run = broker.run("consume", "parted", "--from", "1h", "--to-end");

        assertThat(run.out()).isEqualTo("a\nb\n");
        assertThat(run.exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void consumesToTheEndOnlyWhereSomethingLiesBeforeIt(String start) {
        broker.run("topic", "create", "parted", "-p", "2");
        broker.runWithInput("x\n", "produce", "parted", "-p", "0");
        broker.runWithInput("a\nb\nc\n", "produce", "parted", "-p", "1");

        CommandRun run = broker.run("consume", "parted", "--from", start, "--to-end");

        assertThat(run.out()).isEqualTo(start.equals("1") ? "b\nc\n" : "c\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void producesToAndConsumesFromOnePartition() {
        broker.run("topic", "create", "parted", "-p", "3");
        broker.runWithInput("a\nb\n", "produce", "parted", "-p", "2");
        broker.runWithInput("c\n", "produce", "parted", "-p", "0");

        CommandRun run = broker.run("consume", "parted", "-p", "2", "--to-end", "--format", "%p:%v");

        assertThat(run.out()).isEqualTo("2:a\n2:b\n");
        assertThat(broker.run("consume", "parted", "-p", "3").err()).contains("partitions 0 to 2, not 3");
    }

    @Test
    void endsAtOnceAtTheEndOfAnEmptyTopic() {
        broker.run("topic", "create", "empty", "-p", "2");

        assertThat(broker.run("consume", "empty", "--to-end").exitCode()).isZero();
    }

    @Test
    void saysThatATopicIsMissingInsteadOfWaiting() {
        CommandRun run = broker.run("consume", "nowhere");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("penstock: there is no topic 'nowhere'")
                .hasLineCount(1);
    }

    @Test
    void keepsWhatWasSentBeforeALineWithoutAKey() {
        CommandRun run = broker.runWithInput("a:1\nb:2\nno key\nc:3\n", "produce", "keyed", "-k", ":");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("line 3 has no key", "2 records were acknowledged")
                .hasLineCount(1);
        assertThat(broker.run("consume", "keyed", "--to-end", "--format", "%k%v")
                        .out())
                .isEqualTo("a1\nb2\n");
    }

    @Test
    void saysThatAFileIsMissing() {
        CommandRun run =
                broker.run("produce", "lines", "--file", directory.resolve("no").toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("it does not exist; nothing was sent").hasLineCount(1);
    }

    @Test
    void saysThatTheDirectoryOfTheDemoIsMissing() {
        String missing = directory.resolve("no").toString();

        CommandRun run = CommandRun.of("demo", "--dir", missing);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("penstock: there is no directory " + missing + ": make it, or name another with --dir"
                        + System.lineSeparator());
    }

    @Test
    void saysThatADirectoryIsNoFile() {
        CommandRun run = broker.run("produce", "lines", "--file", directory.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("penstock: " + directory + " is a directory: give a file; nothing was sent"
                        + System.lineSeparator());
    }

    @Test
    void namesALineThatIsTooLongAndTheOptionThatTakesIt() {
        String lines = "one\n" + "x".repeat(1_500_000) + "\nthree\n";

        CommandRun refused = broker.runWithInput(lines, "produce", "lines");
        CommandRun taken = broker.runWithInput(lines, "produce", "lines", "--max-request-size", "2m");

        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err())
                .isEqualTo("penstock: line 2 has 1500000 bytes, and 1048576 is the most: raise --max-request-size,"
                        + " up to 64m, and the topic's max.message.bytes, or split the line; 1 record was acknowledged"
                        + System.lineSeparator());
        assertThat(taken.err()).contains("the topic's max.message.bytes and the broker's frame.max.bytes");
    }

    @Test
    void namesALineThatIsTooLongWithItsBatch() {
        CommandRun run =
                broker.runWithInput("one\n" + "x".repeat(1024) + "\n", "produce", "lines", "--max-request-size", "1k");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("line 2 was not written: ", "MESSAGE_TOO_LARGE", "--max-request-size", "1 record was")
                .hasLineCount(1);
    }

    @Test
    void refusesOptionsOutOfRangeBeforeItConnects() {
        assertThat(CommandRun.of("produce", "t", "--batch-size", "1").exitCode())
                .isEqualTo(2);
        assertThat(CommandRun.of("produce", "t", "--batch-size", "0").err())
                .contains("--batch-size must be from 1k to 64m, was 0 bytes");
        assertThat(CommandRun.of("perf", "produce", "--max-request-size", "65m").err())
                .contains("--max-request-size must be from 1k to 64m");
        assertThat(CommandRun.of("produce", "t", "--batch-size", "1x").exitCode())
                .isEqualTo(2);
        assertThat(CommandRun.of("produce", "t", "--acks", "some").exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("consume", "t", "--from", "soon").exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("consume", "t", "--format", "%q").exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("demo", "--seconds", "2").exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("topic", "create", "t", "--partitions", "-1").exitCode())
                .isEqualTo(2);
    }

    @Test
    void writesJsonThatAProgramReads() throws IOException {
        broker.runWithInput("k=v\n", "produce", "keyed", "-k", "=");

        CommandRun run = broker.run("consume", "keyed", "--to-end", "--format", "json");

        JsonNode record = new ObjectMapper().readTree(run.out().getBytes(UTF_8));
        assertThat(record.get("key").asText()).isEqualTo("k");
        assertThat(record.get("offset").asLong()).isZero();
    }

    /** What damage was set aside before the end leaves a gap, as compaction may. */
    @Test
    void endsAtAnEndBeforeWhichNothingIsLeft() throws IOException {
        broker.run("topic", "create", "orders");
        broker.runWithInput("one\ntwo\n", "produce", "orders");
        broker.close();
        Path data = directory.resolve("data");
        Path log = data.resolve("orders-0/00000000000000000000.log");
        Files.write(log, new byte[(int) Files.size(log)]);
        Files.delete(data.resolve(".clean-shutdown"));
        broker = new BrokerFixture(data);

        CommandRun run = broker.run("consume", "orders", "--to-end");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(broker.run("topic", "describe", "orders").out()).containsPattern(" 2 ");
    }

    @Test
    void measuresProducingAndConsuming() {
        CommandRun produced = broker.run(
                "perf",
                "produce",
                "--records",
                "20000",
                "--record-size",
                "100",
                "--partitions",
                "2",
                "--warm-up",
                "500");
        CommandRun consumed = broker.run("perf", "consume", "--records", "20500");

        assertThat(produced.err()).isEmpty();
        assertThat(produced.out()).contains("produced 20,000 records, 2.0 MB in ", " MB/s", "latency p50 ", "p99.9 ");
        assertThat(consumed.out()).contains("consumed 20,500 records, 2.1 MB in ");
        assertThat(broker.run("perf", "consume", "--records", "30000").err()).contains("has 20500 records");
        assertThat(broker.run("perf", "consume", "--records", "20500", "--group", "measured")
                        .out())
                .contains("consumed 20,500 records, 2.1 MB in ");
        assertThat(broker.run("group", "describe", "measured").out()).containsPattern("perf +0 +(\\d+) +\\1 +0 ");
        assertThat(broker.run("perf", "consume", "--records", "1", "--group", "measured")
                        .err())
                .contains("0 records that group measured has not finished");
    }

    @Test
    void consumesByBatchesAndWithSeveralConsumersAtOnce() throws IOException {
        broker.run("perf", "produce", "--records", "5000", "--partitions", "3", "--batch-size", "4k");

        JsonNode batches = json("perf", "consume", "--records", "5000", "--batches", "-o", "json");
        JsonNode three = json("perf", "consume", "--records", "5000", "--consumers", "3", "-o", "json");
        CommandRun some = broker.run("perf", "consume", "--records", "777", "--batches");

        assertThat(batches.at("/rate/records").asLong()).isEqualTo(5_000);
        assertThat(batches.at("/rate/bytes").asLong()).isEqualTo(500_000);
        assertThat(batches.at("/missing").asLong() + batches.at("/repeated").asLong())
                .isZero();
        assertThat(three.at("/rate/records").asLong()).isEqualTo(15_000);
        assertThat(three.at("/fingerprint").asLong())
                .isEqualTo(3 * batches.at("/fingerprint").asLong());
        assertThat(some.out()).contains("consumed 777 records, ");
    }

    @Test
    void measuresHowLongRecordsTakeFromEndToEnd() throws IOException {
        broker.run("perf", "produce", "--records", "100", "--partitions", "2");

        JsonNode report = json(
                "perf",
                "latency",
                "--records",
                "400",
                "--warm-up",
                "100",
                "--throughput",
                "2000",
                "--linger",
                "0ms",
                "-o",
                "json");

        assertThat(report.at("/rate/records").asLong()).isEqualTo(400);
        assertThat(report.at("/latencyNanos/p50").asLong()).isPositive();
        assertThat(report.at("/latencyNanos/max").asLong())
                .isGreaterThanOrEqualTo(report.at("/latencyNanos/p99.9").asLong());
        assertThat(CommandRun.of("perf", "latency", "--record-size", "7").exitCode())
                .isEqualTo(2);
    }

    private JsonNode json(String... arguments) throws IOException {
        CommandRun run = broker.run(arguments);
        assertThat(run.err()).isEmpty();
        return new ObjectMapper().readTree(run.out().getBytes(UTF_8));
    }

    @Test
    void keepsTheThroughputThatIsAskedFor() {
        CommandRun produced = broker.run("perf", "produce", "--records", "1000", "--throughput", "2000");

        assertThat(produced.exitCode()).isZero();
        assertThat(produced.out()).containsPattern("in (0\\.[5-9]|[1-9]\\.\\d) s|in [5-9]\\d\\d\\.\\d ms");
    }
}
