package io.penstock.server.metadata.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import io.penstock.core.runtime.IoPool;
import io.penstock.server.metadata.store.MetadataStore;
import io.penstock.server.metadata.store.MetadataStoreContract;
import io.penstock.server.metadata.store.StoreImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalMetadataStoreTest implements MetadataStoreContract {

    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1_700_000_000_000L), ZoneOffset.UTC);

    @TempDir
    Path directory;

    private final IoPool pool = new IoPool("metadata", 2);
    private final List<MetadataStore> open = new ArrayList<>();

    @AfterEach
    void end() {
        open.forEach(store -> store.close().block(PATIENCE));
        pool.close();
    }

    @Override
    public MetadataStore newStore() {
        return open(Long.MAX_VALUE);
    }

    @Override
    public MetadataStore reopened(MetadataStore store) {
        store.close().block(PATIENCE);
        return open(Long.MAX_VALUE);
    }

    private MetadataStore open(long minRewriteBytes) {
        try {
            MetadataStore store = LocalMetadataStore.open(DiskDirectory.open(directory), pool, CLOCK, minRewriteBytes)
                    .block(PATIENCE);
            open.add(store);
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void writesAMostlyDeadJournalAnew() throws IOException {
        MetadataStore store = open(20_000);
        MetadataStoreContract.commit(store, MetadataStoreContract.create("other", "kept"));
        MetadataStoreContract.commit(store, MetadataStoreContract.create("a", "x".repeat(100)));
        for (int version = 0; version < 1000; version++) {
            MetadataStoreContract.commit(store, MetadataStoreContract.update("a", version + "x".repeat(100), version));
        }
        assertThat(journalBytes()).isLessThan(60_000);
        StoreImage before = store.current();

        MetadataStore again = reopened(store);

        assertThat(again.current()).isEqualTo(before);
        assertThat(children()).containsExactly(MetadataJournal.DIRECTORY);
    }

    @Test
    void refusesAChangeWithoutSpaceForItAndGoesOnByItselfWhenThereIs() {
        SimulatedDisk disk = new SimulatedDisk(1);
        MetadataStore store = open(disk, Long.MAX_VALUE);
        MetadataStoreContract.commit(store, MetadataStoreContract.create("a", "1"));
        StoreImage before = store.current();
        disk.fates((operation, path) -> operation == Operation.APPEND ? Fate.FULL : Fate.DONE);

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> MetadataStoreContract.commit(store, MetadataStoreContract.create("b", "2")))
                    .isInstanceOfSatisfying(PenstockException.class, refused -> {
                        assertThat(refused.code()).isEqualTo(ErrorCode.STORAGE_FULL);
                        assertThat(refused.getMessage()).contains("nothing was changed", "make room");
                    });
        }
        assertThat(store.current()).isEqualTo(before);

        disk.fates((operation, path) -> Fate.DONE);
        MetadataStoreContract.commit(store, MetadataStoreContract.create("c", "3"));
        StoreImage after = store.current();
        assertThat(after.entries()).containsOnlyKeys("a", "c");
        store.close().block(PATIENCE);
        assertThat(open(disk, Long.MAX_VALUE).current()).isEqualTo(after);
    }

    @Test
    void anotherFailureOfTheJournalIsForGood() {
        SimulatedDisk disk = new SimulatedDisk(1);
        MetadataStore store = open(disk, Long.MAX_VALUE);
        disk.fates((operation, path) -> operation == Operation.FORCE ? Fate.FAILED : Fate.DONE);
        assertStorageError(store);

        disk.fates((operation, path) -> Fate.DONE);

        assertStorageError(store);
    }

    private static void assertStorageError(MetadataStore store) {
        assertThatThrownBy(() -> MetadataStoreContract.commit(store, MetadataStoreContract.create("a", "1")))
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.STORAGE_ERROR));
    }

    @Test
    void goesOnWithItsJournalWithoutRoomForAnother() {
        SimulatedDisk disk = new SimulatedDisk(1);
        MetadataStore store = open(disk, 20_000);
        disk.fates((operation, path) ->
                operation == Operation.APPEND && path.contains("rewritten") ? Fate.FULL : Fate.DONE);
        MetadataStoreContract.commit(store, MetadataStoreContract.create("a", "x".repeat(100)));
        for (int version = 0; version < 200; version++) {
            MetadataStoreContract.commit(store, MetadataStoreContract.update("a", version + "x".repeat(100), version));
        }
        assertThat(store.current().entry("a").version()).isEqualTo(200);

        disk.fates((operation, path) -> Fate.DONE);
        MetadataStoreContract.commit(store, MetadataStoreContract.update("a", "last", 200));
        StoreImage last = store.current();
        store.close().block(PATIENCE);
        assertThat(open(disk, Long.MAX_VALUE).current()).isEqualTo(last);
    }

    private MetadataStore open(SimulatedDisk disk, long minRewriteBytes) {
        MetadataStore store = LocalMetadataStore.open(disk.root(), pool, CLOCK, minRewriteBytes)
                .block(PATIENCE);
        open.add(store);
        return store;
    }

    /** Each moment at which a crash can end a rewrite leaves one whole journal. */
    @Test
    void findsAWholeJournalAfterACrashInARewrite() throws IOException {
        MetadataStore store = newStore();
        MetadataStoreContract.commit(store, MetadataStoreContract.create("a", "1"));
        StoreImage expected = store.current();
        store.close().block(PATIENCE);
        Path live = directory.resolve(MetadataJournal.DIRECTORY);
        Path rewritten = directory.resolve("__cluster_metadata_rewritten-0");
        Path replaced = directory.resolve("__cluster_metadata_replaced-0");

        Files.createDirectory(rewritten); // begun, not complete
        assertOpensAs(expected);
        copy(live, rewritten);
        Files.move(live, replaced); // between the two renames
        assertOpensAs(expected);
        copy(live, replaced); // before the old one was deleted
        assertOpensAs(expected);
    }

    private void assertOpensAs(StoreImage expected) throws IOException {
        MetadataStore store = newStore();
        assertThat(store.current()).isEqualTo(expected);
        store.close().block(PATIENCE);
        assertThat(children()).containsExactly(MetadataJournal.DIRECTORY);
    }

    private List<String> children() throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(child -> child.getFileName().toString()).toList();
        }
    }

    private long journalBytes() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(MetadataJournal.DIRECTORY))) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
