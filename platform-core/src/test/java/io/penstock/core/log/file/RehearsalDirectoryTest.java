package io.penstock.core.log.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalDirectoryTest implements LogDirectoryContract {

    @TempDir
    private Path root = Path.of("");

    private @Nullable RehearsalDirectory rehearsal;

    /** The same one: what it was told is nowhere else. */
    @Override
    public LogDirectory directory() throws IOException {
        RehearsalDirectory current = rehearsal == null ? rehearse() : rehearsal;
        rehearsal = current;
        return current;
    }

    private RehearsalDirectory rehearse() throws IOException {
        return RehearsalDirectory.of(
                DiskDirectory.open(root.resolve("data")), DiskDirectory.open(root.resolve("scratch")));
    }

    @Test
    void showsTheChangesToAFileOfWhichNothingIsChanged() throws IOException {
        Path real = Files.createDirectories(root.resolve("data")).resolve("file");
        Files.writeString(real, "0123456789");
        RehearsalDirectory directory = rehearse();

        try (LogFile file = directory.open("file")) {
            file.append(ByteBuffer.wrap("abc".getBytes(StandardCharsets.UTF_8)));
            file.truncate(12);
            assertThat(content(file)).isEqualTo("0123456789ab");
            file.truncate(4);
            file.append(ByteBuffer.wrap("xyz".getBytes(StandardCharsets.UTF_8)));
            assertThat(content(file)).isEqualTo("0123xyz");
        }
        directory.rename("file", "renamed");
        try (LogFile file = directory.open("renamed")) {
            assertThat(content(file)).isEqualTo("0123xyz");
        }

        assertThat(directory.list()).containsExactly("renamed");
        assertThat(real).hasContent("0123456789");
    }

    @Test
    void deletesForItselfAlone() throws IOException {
        Path child = Files.createDirectories(root.resolve("data/child"));
        Files.writeString(child.resolve("file"), "0123456789");
        RehearsalDirectory directory = rehearse();

        directory.child("child").delete("file");
        assertThat(directory.child("child").exists("file")).isFalse();
        try (LogFile file = directory.child("child").open("file")) {
            assertThat(file.size()).isZero();
        }
        directory.deleteChild("child");
        assertThat(directory.children()).isEmpty();

        assertThat(child.resolve("file")).hasContent("0123456789");
    }

    private static String content(LogFile file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(100);
        int read = file.read(bytes, 0);
        assertThat(read).isEqualTo(bytes.position()).isEqualTo((int) file.size());
        return new String(bytes.array(), 0, read, StandardCharsets.UTF_8);
    }
}
