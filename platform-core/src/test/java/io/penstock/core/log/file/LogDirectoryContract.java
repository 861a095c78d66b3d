package io.penstock.core.log.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every {@link LogDirectory}, and the {@link LogFile}s that it opens, must do. */
public interface LogDirectoryContract {

    /** An empty directory; the same one until the test ends. */
    LogDirectory directory() throws IOException;

    @Test
    default void appendsManyBuffersInOrder() throws IOException {
        try (LogFile file = directory().open("a")) {
            ByteBuffer[] buffers = new ByteBuffer[3000];
            StringBuilder expected = new StringBuilder();
            for (int i = 0; i < buffers.length; i++) {
                String part = i % 7 == 0 ? "" : "part " + i + ";";
                buffers[i] = i % 2 == 0 ? bytes(part) : direct(part);
                expected.append(part);
            }

            file.append(bytes("first;"));
            file.append(buffers);

            assertThat(file.size()).isEqualTo(expected.length() + 6);
            assertThat(content(file)).isEqualTo("first;" + expected);
            assertThat(buffers).allMatch(buffer -> !buffer.hasRemaining());
        }
    }

    @Test
    default void deletesFilesByTheirNames() throws IOException {
        for (String name : List.of("a.log", "b.tmp", "c.tmp")) {
            directory().open(name).close();
        }

        assertThat(directory().deleteIf(name -> name.endsWith(".tmp"))).isTrue();
        assertThat(directory().list()).containsExactly("a.log");
        assertThat(directory().deleteIf(name -> name.endsWith(".tmp"))).isFalse();
    }

    @Test
    default void appendsNothingFromEmptyBuffers() throws IOException {
        try (LogFile file = directory().open("a")) {
            file.append();
            file.append(ByteBuffer.allocate(0), ByteBuffer.allocate(0));

            assertThat(file.size()).isZero();
        }
    }

    @Test
    default void readsUntilTheTargetIsFullOrTheFileEnds() throws IOException {
        try (LogFile file = directory().open("a")) {
            file.append(bytes("0123456789"));
            ByteBuffer target = ByteBuffer.allocate(4);

            assertThat(file.read(target, 3)).isEqualTo(4);
            assertThat(text(target)).isEqualTo("3456");
            assertThat(file.read(target.clear(), 8)).isEqualTo(2);
            assertThat(text(target)).isEqualTo("89");
            assertThat(file.read(target.clear(), 10)).isZero();
            assertThat(file.read(target.clear(), 99)).isZero();
            assertThat(file.read(target.clear().limit(0), 0)).isZero();
        }
    }

    @Test
    default void cutsTheFileAndAppendsThere() throws IOException {
        try (LogFile file = directory().open("a")) {
            file.append(bytes("0123456789"));

            file.truncate(4);
            assertThat(file.size()).isEqualTo(4);
            file.append(bytes("ab"));
            assertThat(content(file)).isEqualTo("0123ab");
            file.truncate(100);
            assertThat(content(file)).isEqualTo("0123ab");
            file.truncate(0);
            assertThat(content(file)).isEmpty();
        }
    }

    @Test
    default void keepsWhatWasWrittenWhenOpenedAgain() throws IOException {
        try (LogFile file = directory().open("a")) {
            file.append(bytes("one"));
            file.force();
        }
        directory().force();
        try (LogFile file = directory().open("a")) {
            assertThat(file.name()).isEqualTo("a");
            assertThat(file.size()).isEqualTo(3);
            file.append(bytes("two"));
            assertThat(content(file)).isEqualTo("onetwo");
        }
    }

    @Test
    default void refusesWorkOnAClosedFile() throws IOException {
        LogFile file = directory().open("a");
        file.append(bytes("one"));
        file.close();
        file.close();

        assertThatThrownBy(() -> file.append(bytes("two"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
        assertThatThrownBy(file::force).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> file.truncate(0)).isInstanceOf(IOException.class);
    }

    @Test
    default void listsFilesAndChildrenApartAndSorted() throws IOException {
        directory().open("b").close();
        directory().open("a").close();
        directory().child("d").open("x").close();
        directory().child("c");

        assertThat(directory().list()).containsExactly("a", "b");
        assertThat(directory().children()).containsExactly("c", "d");
        assertThat(directory().child("d").list()).containsExactly("x");
        assertThat(directory().exists("a")).isTrue();
        assertThat(directory().exists("c")).isFalse();
        assertThat(directory().exists("z")).isFalse();
    }

    @Test
    default void renamesOverAnotherFile() throws IOException {
        write("old", "old");
        write("new", "new");

        directory().rename("new", "old");
        directory().force();

        assertThat(directory().list()).containsExactly("old");
        try (LogFile file = directory().open("old")) {
            assertThat(content(file)).isEqualTo("new");
        }
    }

    @Test
    default void refusesToRenameWhatIsMissing() {
        assertThatThrownBy(() -> directory().rename("a", "b")).isInstanceOf(IOException.class);
    }

    @Test
    default void anOpenFileOutlivesItsName() throws IOException {
        try (LogFile file = directory().open("a");
                LogFile inChild = directory().child("c").open("x")) {
            file.append(bytes("one"));
            inChild.append(bytes("in child"));
            directory().rename("a", "b");
            directory().rename("c", "d");
            file.append(bytes("two"));
            directory().delete("b");
            directory().deleteChild("d");

            assertThat(content(file)).isEqualTo("onetwo");
            assertThat(content(inChild)).isEqualTo("in child");
            assertThat(directory().list()).isEmpty();
            assertThat(directory().children()).isEmpty();
        }
    }

    @Test
    default void deletesWhatIsMissingWithoutComplaint() throws IOException {
        directory().delete("a");
        directory().deleteChild("c");
    }

    @Test
    default void deletesAChildWithAllThatItHolds() throws IOException {
        directory().child("c").child("deeper").open("x").close();
        directory().child("c").open("y").close();

        directory().deleteChild("c");

        assertThat(directory().children()).isEmpty();
    }

    @Test
    default void refusesNamesThatLeadElsewhere() {
        for (String name : new String[] {"", ".", "..", "a/b", "../a", "a\\b"}) {
            assertThatThrownBy(() -> directory().open(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> directory().deleteChild(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private void write(String name, String content) throws IOException {
        try (LogFile file = directory().open(name)) {
            file.append(bytes(content));
        }
    }

    private static String content(LogFile file) throws IOException {
        ByteBuffer target = ByteBuffer.allocate((int) file.size() + 1);
        assertThat(file.read(target, 0)).isEqualTo((int) file.size());
        return text(target);
    }

    private static String text(ByteBuffer filled) {
        return StandardCharsets.UTF_8.decode(filled.duplicate().flip()).toString();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
