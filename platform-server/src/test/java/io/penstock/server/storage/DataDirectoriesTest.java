package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.OpenFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoriesTest {

    @TempDir
    Path root;

    private final AtomicLong ids = new AtomicLong();

    private DataDirectories open(int brokerId, String... names) {
        return open(true, brokerId, names);
    }

    private DataDirectories open(boolean takesNew, int brokerId, String... names) {
        List<Path> paths = Arrays.stream(names).map(root::resolve).toList();
        return DataDirectories.open(
                paths, brokerId, takesNew, () -> DataDirectory.idOf(new UUID(0, ids.incrementAndGet())));
    }

    private void assertRefused(int brokerId, ErrorCode code, String message, String... names) {
        assertThatThrownBy(() -> open(brokerId, names))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    @Test
    void givesEachAnIdentityThatNamesTheOthers() throws Exception {
        open(3, "a", "b").close();

        assertThat(root.resolve("a/meta.properties")).hasContent("""
                version=1
                broker.id=3
                cluster.id=AAAAAAAAAAAAAAAAAAAAAQ
                directory.id=AAAAAAAAAAAAAAAAAAAAAg
                directory.ids=AAAAAAAAAAAAAAAAAAAAAg,AAAAAAAAAAAAAAAAAAAAAw
                """);
        String before = Files.readString(root.resolve("b/meta.properties"));
        try (DataDirectories again = open(3, "b", "a")) {
            assertThat(again.clusterId()).isEqualTo("AAAAAAAAAAAAAAAAAAAAAQ");
        }
        assertThat(root.resolve("b/meta.properties")).hasContent(before);
    }

    @Test
    void takesANewDirectoryIn() throws Exception {
        open(0, "a").close();
        open(0, "a", "b").close();

        assertRefused(0, ErrorCode.INVALID_CONFIG, "AAAAAAAAAAAAAAAAAAAAAw", "a");
    }

    @Test
    void refusesAnEmptyDirectoryInPlaceOfOneThatHadData() throws Exception {
        open(0, "a", "b").close();

        assertRefused(
                0, ErrorCode.INVALID_CONFIG, "there is nothing in [" + root.resolve("unmounted"), "a", "unmounted");
        assertThat(root.resolve("unmounted/meta.properties"))
                .as("nothing was written")
                .doesNotExist();
        open(0, "a", "b").close();
    }

    @Test
    void goesOnWithoutADirectoryThatTheOperatorGaveUp() throws Exception {
        open(0, "a", "b").close();
        Path meta = root.resolve("a/meta.properties");
        Files.writeString(meta, Files.readString(meta).replace(",AAAAAAAAAAAAAAAAAAAAAw", ""));

        open(0, "a").close();
    }

    @Test
    void refusesAnotherBrokersDirectoryAndAnotherClusters() {
        open(0, "a").close();
        open(1, "b").close();
        open(0, "c").close();

        assertRefused(0, ErrorCode.INVALID_CONFIG, "is that of broker 1", "a", "b");
        assertRefused(0, ErrorCode.INVALID_CONFIG, "belongs to the cluster", "a", "c");
    }

    @Test
    void refusesACopy() throws Exception {
        open(0, "a").close();
        Files.createDirectories(root.resolve("b"));
        Files.copy(root.resolve("a/meta.properties"), root.resolve("b/meta.properties"));

        assertRefused(0, ErrorCode.INVALID_CONFIG, "is a copy of another one", "a", "b");
    }

    @Test
    void refusesDataOfWhichNobodyKnowsWhoseItIs() throws Exception {
        Files.createDirectories(root.resolve("a/orders-0"));
        Files.createDirectories(root.resolve("b/lost+found"));

        assertRefused(0, ErrorCode.STORAGE_ERROR, "has orders-0, but no meta.properties", "a");
        open(0, "b").close();
    }

    @Test
    void refusesADirectoryThatIsInUse() {
        try (DataDirectories held = open(0, "a", "b")) {
            assertThat(held.all()).hasSize(2);
            assertRefused(0, ErrorCode.DIRECTORY_LOCKED, "is in use by another broker", "c", "b");
        }
        open(0, "a", "b").close();
    }

    @Test
    void takesAnEmptyDirectoryForAFirstStartWhereNothingTellsOtherwise() throws Exception {
        open(0, "a").close();

        try (DataDirectories unmounted = open(0, "b")) {
            assertThat(unmounted.clusterId()).isEqualTo("AAAAAAAAAAAAAAAAAAAAAw");
        }
    }

    @Test
    void refusesAnEmptyDirectoryIfToldThatThereAreNoNewOnes() throws Exception {
        open(0, "a").close();
        Files.createDirectories(root.resolve("empty"));

        open(false, 0, "a").close();

        for (String name : List.of("empty", "missing")) {
            for (String[] names : new String[][] {{name}, {"a", name}}) {
                assertThatThrownBy(() -> open(false, 0, names))
                        .isInstanceOfSatisfying(
                                PenstockException.class,
                                e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG))
                        .hasMessageContaining("start once with data.dirs.init.enable=true");
            }
        }
        assertThat(root.resolve("empty")).as("nothing was written").isEmptyDirectory();
        assertThat(root.resolve("missing")).doesNotExist();
    }

    @Test
    void refusesPartitionsWithoutTheMetadataThatKnowThem() throws Exception {
        open(0, "a", "b").close();
        Path partition = Files.createDirectories(root.resolve("b/orders-0"));

        for (int traces = 0; traces < 2; traces++) {
            assertNoVolumes("a", "b");
            assertThat(root.resolve("b")).isDirectoryContaining("glob:**/orders-0");
            // as much as nothing: it tells of no commit
            Files.createDirectories(root.resolve("a/__cluster_metadata-0"));
        }
        Files.delete(partition);
        try (DataDirectories begun = open(0, "a", "b")) {
            assertThat(volumesOf(begun)).hasSize(2);
        }
    }

    private void assertNoVolumes(String... names) throws Exception {
        try (DataDirectories directories = open(0, names)) {
            assertThatThrownBy(() -> volumesOf(directories))
                    .isInstanceOfSatisfying(
                            PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORAGE_ERROR))
                    .hasMessageContaining("__cluster_metadata-0 is missing")
                    .hasMessageContaining("has partitions, such as orders-0")
                    .hasMessageContaining("move the directories of the partitions away");
        }
    }

    private static List<Volume> volumesOf(DataDirectories directories) throws Exception {
        return directories.volumes(new OpenFiles(5), 0, System::nanoTime, event -> {});
    }

    @Test
    void takesADirectoryFromBeforeThereWereIds() throws Exception {
        Files.createDirectories(root.resolve("a"));
        Files.writeString(root.resolve("a/meta.properties"), "version=1\nbroker.id=0\ncluster.id=old\n");

        try (DataDirectories directories = open(0, "a")) {
            assertThat(directories.clusterId()).isEqualTo("old");
        }
        assertThat(root.resolve("a/meta.properties")).content().contains("directory.id=AAAA");
    }
}
