package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import io.penstock.core.runtime.Loops;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Flux;

/** Event loops decode, route and write; they never touch a file, nor block in another way. Watched by BlockHound. */
class BrokerThreadsTest {

    private static final Queue<String> VIOLATIONS = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    @BeforeAll
    static void watch() {
        String file = "io/penstock/core/log/file/DiskFile";
        String files = "io/penstock/core/log/file/DiskDirectory";
        BlockHound.builder()
                .loadIntegrations()
                .markAsBlocking(file, "append", "([Ljava/nio/ByteBuffer;)V")
                .markAsBlocking(file, "read", "(Ljava/nio/ByteBuffer;J)I")
                .markAsBlocking(file, "force", "()V")
                .markAsBlocking(file, "truncate", "(J)V")
                .markAsBlocking(file, "close", "()V")
                .markAsBlocking(files, "open", "(Ljava/lang/String;)Lio/penstock/core/log/file/LogFile;")
                .markAsBlocking(files, "children", "()Ljava/util/List;")
                .markAsBlocking(files, "rename", "(Ljava/lang/String;Ljava/lang/String;)V")
                .markAsBlocking(files, "force", "()V")
                // the JDK's pool has locks around its queue and its threads, which it holds for a moment
                .allowBlockingCallsInside("io.penstock.core.runtime.IoPool", "execute")
                // noted and not thrown, so that a violation can't hide in an operator that swallows it
                .blockingMethodCallback(method -> VIOLATIONS.add(Thread.currentThread()
                                .getName() + " called " + method + " in " + List.of(new Throwable().getStackTrace())))
                .install();
    }

    @BeforeEach
    void forget() {
        VIOLATIONS.clear();
    }

    @Test
    void seesAFileThatALoopTouches() throws Exception {
        Loops loops = Loops.create(1);
        try (LogFile file = DiskDirectory.open(directory).open("x.log")) {
            loops.resources().onServer(true).next().submit(() -> write(file)).get(20, TimeUnit.SECONDS);
        } finally {
            loops.close().block(StockClient.TIMEOUT);
        }
        assertThat(violationsOfLoops()).anyMatch(violation -> violation.contains("DiskFile#append"));
    }

    /** Other threads that may not block, those of Reactor's own schedulers, are no concern of the broker. */
    private static List<String> violationsOfLoops() {
        return VIOLATIONS.stream()
                .filter(violation -> violation.startsWith("penstock-loop"))
                .toList();
    }

    private static void write(LogFile file) {
        try {
            file.append(ByteBuffer.allocate(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void keepsFilesAndWaitsOffTheEventLoops() {
        try (BrokerFixture fixture =
                BrokerFixture.on(directory, "penstock://127.0.0.1:0").start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders", 4, Map.of("segment.bytes", "20000"))
                    .id();
            List<ProduceAck> acks = Flux.range(0, 4)
                    .flatMap(partition -> client.produce(
                            -1,
                            Flux.range(0, 50)
                                    .map(i -> StockClient.element(i, id, partition, TestBatches.ofSize(5, 200)))))
                    .collectList()
                    .block(StockClient.TIMEOUT);
            assertThat(acks).hasSize(200);
            Flux.range(0, 4)
                    .flatMap(partition -> client.fetch(id, partition, 0).take(3))
                    .blockLast(StockClient.TIMEOUT);
            client.askNow(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "orders"), Topics.Description.class);
            client.askNow(
                    Verb.LIST_OFFSETS,
                    new ListOffsets.Request(
                            1,
                            List.of(
                                    new ListOffsets.Query("orders", 0, 0, -1),
                                    new ListOffsets.Query("orders", 1, ListOffsets.MAX_TIMESTAMP, -1))),
                    ListOffsets.Response.class);
            client.askNow(Verb.METADATA, new Metadata.Request(1, List.of("other"), true), Metadata.Image.class);
            client.askNow(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, "orders", null), Topics.DeleteResponse.class);
            await("streams have ended", () -> fixture.broker().status().openStreams() == 0);
        }
        assertThat(violationsOfLoops()).isEmpty();
    }
}
