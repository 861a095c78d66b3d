package io.penstock.core.log.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With one open file at a time, so that each use of another one closes it. */
class BoundedDirectoryTest implements LogDirectoryContract {

    @TempDir
    Path root;

    private @Nullable LogDirectory directory;

    @Override
    public LogDirectory directory() throws IOException {
        if (directory == null) {
            directory = new OpenFiles(1).around(DiskDirectory.open(root.resolve("data")));
        }
        return directory;
    }

    private static LogFile write(LogDirectory directory, String name, String text) throws IOException {
        LogFile file = directory.open(name);
        file.append(ByteBuffer.wrap(text.getBytes()));
        return file;
    }

    private static String read(LogFile file) throws IOException {
        ByteBuffer target = ByteBuffer.allocate((int) file.size());
        file.read(target, 0);
        return new String(target.array());
    }

    @Test
    void usesManyFilesAndKeepsFewOpen() throws IOException {
        FewFiles limit = new FewFiles(4);
        OpenFiles files = new OpenFiles(4);
        LogDirectory bounded = files.around(limit.around(DiskDirectory.open(root)));
        List<LogFile> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(write(bounded.child("c" + i % 5), "f" + i, "a" + i));
        }
        for (int i = 0; i < 50; i++) {
            all.get(i).append(ByteBuffer.wrap("b".getBytes()));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(read(all.get(i))).isEqualTo("a" + i + "b");
        }
        assertThat(files.count()).isEqualTo(4);
        assertThat(limit.most()).isEqualTo(4);
        for (LogFile file : all) {
            file.close();
        }
        assertThat(files.count()).isZero();
        assertThat(limit.open()).isZero();
    }

    @Test
    void closesItsOwnWhenTheSystemHasNoMore() throws IOException {
        FewFiles limit = new FewFiles(3);
        LogDirectory bounded = new OpenFiles(100).around(limit.around(DiskDirectory.open(root)));
        List<LogFile> all = new ArrayList<>();

        for (int i = 0; i < 10; i++) {
            all.add(write(bounded, "f" + i, "a" + i));
        }
        bounded.force();

        for (int i = 0; i < 10; i++) {
            assertThat(read(all.get(i))).isEqualTo("a" + i);
        }
    }

    @Test
    void saysSoWhenTheSystemHasNoMoreAndItHasNoneToClose() throws IOException {
        LogDirectory bounded = new OpenFiles(100).around(new FewFiles(0).around(DiskDirectory.open(root)));

        assertThatThrownBy(() -> bounded.open("a"))
                .isInstanceOf(TooManyOpenFilesException.class)
                .hasMessageContaining("ulimit -n");
        assertThatThrownBy(bounded::force).isInstanceOf(TooManyOpenFilesException.class);
    }

    @Test
    void forcesWhatWasWrittenBeforeItClosesTheFile() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LogDirectory bounded = new OpenFiles(1).around(disk.root());
        List<String> forced = new ArrayList<>();
        disk.fates((operation, path) -> {
            if (operation == Operation.FORCE) {
                forced.add(path);
            }
            return Fate.DONE;
        });
        LogFile first = write(bounded, "first", "1");

        LogFile second = write(bounded, "second", "2");

        assertThat(forced).containsExactly("first");
        first.force();
        assertThat(forced).as("what is forced already").containsExactly("first");
        assertThat(read(first)).isEqualTo("1");
        assertThat(forced).containsExactly("first", "second");
        second.close();
        first.close();
    }

    @Test
    void nobodyBelievesInAFileThatCouldNotBeForcedWhenItWasClosed() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LogDirectory bounded = new OpenFiles(1).around(disk.root());
        LogFile first = write(bounded, "first", "1");
        disk.fates((operation, path) -> operation == Operation.FORCE ? Fate.FAILED : Fate.DONE);
        LogFile second = bounded.open("second");
        disk.fates((operation, path) -> Fate.DONE);

        assertThatThrownBy(first::force).isInstanceOf(IOException.class).hasMessageContaining("could not be forced");
        assertThatThrownBy(() -> first.append(ByteBuffer.wrap(new byte[1]))).isInstanceOf(IOException.class);
        second.close();
        first.close();
    }

    @Test
    void aFileThatRestsIsClosedAndUsableOn() throws IOException {
        OpenFiles files = new OpenFiles(10);
        LogDirectory bounded = files.around(DiskDirectory.open(root));
        LogFile file = write(bounded, "a", "text");
        file.rest();
        assertThat(files.count()).as("with bytes to force").isEqualTo(1);
        file.force();

        file.rest();

        assertThat(files.count()).isZero();
        assertThat(read(file)).isEqualTo("text");
        file.close();
    }

    @Test
    void refusesAFileThatSomebodyElseHasCut() throws IOException {
        LogFile file = write(directory(), "a", "text");
        write(directory(), "b", "text").close();
        Files.writeString(root.resolve("data/a"), "te");

        assertThatThrownBy(() -> read(file)).isInstanceOf(IOException.class).hasMessageContaining("has 2 bytes");
        Files.delete(root.resolve("data/a"));
        assertThatThrownBy(() -> read(file)).isInstanceOf(IOException.class).hasMessageContaining("removed");
        assertThat(root.resolve("data/a")).doesNotExist();
        file.close();
    }

    @Test
    void aFailedWriteIsUndoneInTheFileThatHasIt() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LogDirectory bounded = new OpenFiles(1).around(disk.root());
        LogFile file = write(bounded, "a", "good");
        disk.fates((operation, path) -> operation == Operation.APPEND && path.equals("a") ? Fate.FAILED : Fate.DONE);
        assertThatThrownBy(() -> file.append(ByteBuffer.wrap("bad".getBytes()))).isInstanceOf(IOException.class);
        disk.fates((operation, path) -> Fate.DONE);
        LogFile other = write(bounded, "b", "x");

        file.truncate(4);
        other.append(ByteBuffer.wrap("y".getBytes()));
        file.append(ByteBuffer.wrap("er".getBytes()));

        assertThat(read(file)).isEqualTo("gooder");
        file.close();
        other.close();
    }
}
