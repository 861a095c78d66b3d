package io.penstock.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.runtime.IoPool;
import io.penstock.server.metadata.store.MetadataStore;
import io.penstock.server.metadata.store.local.LocalMetadataStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

class ProducerIdBlocksTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final IoPool pool = new IoPool("metadata", 2);
    private MetadataStore store;

    @BeforeEach
    void open() throws Exception {
        store = LocalMetadataStore.open(
                        DiskDirectory.open(directory),
                        pool,
                        Clock.fixed(Instant.ofEpochMilli(1_700_000_000_000L), ZoneOffset.UTC))
                .block(PATIENCE);
    }

    @AfterEach
    void end() {
        store.close().block(PATIENCE);
        pool.close();
    }

    @Test
    void givesEachIdOnceToManyWhoAskAtATime() {
        ProducerIdBlocks ids = new ProducerIdBlocks(store);
        int many = 2 * ProducerIdBlocks.BLOCK + 10;

        List<Long> given =
                Flux.range(0, many).flatMap(i -> ids.next(), many).collectList().block(PATIENCE);

        assertThat(given)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, many).boxed().toList());
    }

    @Test
    void neverGivesWhatAnotherHasReserved() {
        ProducerIdBlocks first = new ProducerIdBlocks(store);
        ProducerIdBlocks second = new ProducerIdBlocks(store);

        assertThat(first.next().block(PATIENCE)).isZero();
        assertThat(second.next().block(PATIENCE)).isEqualTo(ProducerIdBlocks.BLOCK);
        assertThat(first.next().block(PATIENCE)).isEqualTo(1);
    }

    @Test
    void beginsBehindWhatWasReservedAfterAKill() throws Exception {
        assertThat(new ProducerIdBlocks(store).next().block(PATIENCE)).isZero();
        store.close().block(PATIENCE);
        open();

        assertThat(new ProducerIdBlocks(store).next().block(PATIENCE)).isEqualTo(ProducerIdBlocks.BLOCK);
    }
}
