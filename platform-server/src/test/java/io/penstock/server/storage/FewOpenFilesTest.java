package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.file.FewFiles;
import io.penstock.core.log.file.OpenFiles;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More partitions than the process may have files. */
class FewOpenFilesTest {

    private static final int PARTITIONS = 300;

    @TempDir
    Path root;

    private final StorageFixture storage = new StorageFixture();

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void manyPartitionsAreWrittenAndReadWithFewOpenFiles() throws Exception {
        FewFiles limit = new FewFiles(64);
        OpenFiles files = new OpenFiles(32);
        storage.seeing(real -> files.around(limit.around(real))).open(root);
        for (String value : List.of("first", "second")) {
            List<CompletableFuture<ProduceAck>> answers = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                answers.add(storage.append(storage.partition("topic" + i), Acks.ALL, value));
            }
            for (CompletableFuture<ProduceAck> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS).error()).isEqualTo(ErrorCode.NONE);
            }
            storage.store.checkpoint();
        }

        for (int i = 0; i < PARTITIONS; i++) {
            assertThat(storage.values(storage.partition("topic" + i))).containsExactly("first", "second");
        }
        assertThat(limit.most()).isLessThanOrEqualTo(64);
        assertThat(files.count()).isLessThanOrEqualTo(32);
    }

    @Test
    void lookingAtEveryPartitionLeavesNoFileOpen() throws Exception {
        OpenFiles files = new OpenFiles(1000);
        storage.seeing(files::around).open(root);
        for (int i = 0; i < 20; i++) {
            storage.appendNow(storage.partition("topic" + i), "value");
        }
        storage.stop();
        OpenFiles afterwards = new OpenFiles(1000);
        storage.seeing(afterwards::around).open(root);

        for (int i = 0; i < 20; i++) {
            storage.partition("topic" + i).retain(0);
        }

        assertThat(afterwards.count()).isZero();
        assertThat(files.count()).isZero();
    }

    @Test
    void aLimitThatIsReachedRefusesAnAppendAndHarmsNothing() throws Exception {
        FewFiles limit = new FewFiles(100);
        OpenFiles files = new OpenFiles(50);
        storage.seeing(real -> files.around(limit.around(real))).open(root);
        Partition known = storage.partition("known");
        storage.appendNow(known, "first");
        storage.store.checkpoint();
        known.log().rest();

        limit.allow(0);
        ProduceAck known0 = storage.appendNow(known, "refused");
        ProduceAck new0 = storage.appendNow(storage.partition("new"), "refused");

        assertThat(List.of(known0, new0)).allSatisfy(answer -> {
            assertThat(answer.error()).isEqualTo(ErrorCode.TOO_MANY_OPEN_FILES);
            assertThat(answer.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
            assertThat(answer.message()).contains("ulimit -n");
        });
        assertThat(ErrorCode.TOO_MANY_OPEN_FILES.isRetriable()).isTrue();
        assertThat(storage.volumes.get(0).failure()).isNull();
        limit.allow(100);
        storage.appendNow(known, "second");
        storage.appendNow(storage.partition("new"), "first");
        assertThat(storage.values(known)).containsExactly("first", "second");
        assertThat(storage.values(storage.partition("new"))).containsExactly("first");
    }

    @Test
    void aLimitThatIsReachedDoesNotTakeTheDirectoryOutOfService() throws Exception {
        FewFiles limit = new FewFiles(0);
        storage.seeing(limit::around);
        limit.allow(100);
        storage.open(root);
        limit.allow(limit.open());

        ProduceAck refused = storage.appendNow(storage.partition("a"), "refused");

        assertThat(refused.error()).isEqualTo(ErrorCode.TOO_MANY_OPEN_FILES);
        assertThat(storage.volumes.get(0).failure()).isNull();
        limit.allow(100);
        storage.appendNow(storage.partition("a"), "taken");
        assertThat(storage.values(storage.partition("a"))).containsExactly("taken");
    }
}
