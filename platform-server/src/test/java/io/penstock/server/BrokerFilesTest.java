package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.KafkaDump;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The files of a broker, read by Kafka's own tool. */
@ResourceLock(Resources.SYSTEM_OUT)
class BrokerFilesTest {

    private static final int BATCHES = 400;

    @TempDir
    Path directory;

    @Test
    void writesFilesThatKafkasToolAccepts() throws Exception {
        try (BrokerFixture fixture =
                BrokerFixture.on(directory, "local:broker-files").start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders", 2, Map.of("segment.bytes", "16384", "index.interval.bytes", "512"))
                    .id();
            for (int partition = 0; partition < 2; partition++) {
                List<ProduceAck> acks = client.produceNow(id, partition, batches(partition));
                assertThat(acks)
                        .hasSize(BATCHES)
                        .extracting(ProduceAck::outcome)
                        .containsOnly(Outcome.COMMITTED);
            }

            assertAccepted("while it runs");
            fixture.restart();
            client = fixture.connect();
            client.produceNow(id, 0, batches(0));
            assertAccepted("after a restart");
        }
    }

    private void assertAccepted(String when) throws Exception {
        for (int partition = 0; partition < 2; partition++) {
            List<Path> files = files(partition);
            String dump = KafkaDump.of(files.toArray(Path[]::new));

            assertThat(KafkaDump.complaints(dump)).as(when).isEmpty();
            assertThat(dump).contains("baseOffset: 0 ", "offset: " + (BATCHES * 3 - 1) + " ");
            assertThat(dump)
                    .contains(Stream.of(Compression.values())
                            .map(codec -> "compresscodec: " + codec.name().toLowerCase())
                            .toArray(String[]::new));
            assertThat(files)
                    .as("segments")
                    .filteredOn(file -> file.toString().endsWith(".log"))
                    .hasSizeGreaterThan(2);
        }
    }

    /** All codecs in turn, with timestamps that mostly rise. */
    private static ByteBuf[] batches(int seed) {
        return IntStream.range(0, BATCHES)
                .mapToObj(i -> {
                    TestBatches batch =
                            TestBatches.batch().compression(Compression.values()[i % Compression.values().length]);
                    for (int record = 0; record < 3; record++) {
                        batch.record(
                                TestBatches.FIRST_TIMESTAMP + i * 10L - (i % 7) * 15L + record,
                                "key " + record,
                                ("value " + i + " " + Integer.toHexString(i * 31 + seed)).repeat(1 + i % 9));
                    }
                    return batch.build();
                })
                .toArray(ByteBuf[]::new);
    }

    private List<Path> files(int partition) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("orders-" + partition))) {
            return files.filter(file -> file.toString().matches(".*\\.(log|index|timeindex)"))
                    .sorted()
                    .toList();
        }
    }
}
