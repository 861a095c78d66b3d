package io.penstock.core.log.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskDirectoryTest implements LogDirectoryContract {

    @TempDir
    Path root;

    @Override
    public LogDirectory directory() throws IOException {
        return DiskDirectory.open(root.resolve("data"));
    }

    @Test
    void createsTheDirectoryWithItsParents() throws IOException {
        DiskDirectory.open(root.resolve("a/b/c"));

        assertThat(root.resolve("a/b/c")).isDirectory();
    }

    @Test
    void namesAFullDeviceAndKeepsTheFileAsItWas() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "only Linux has a device that is always full");
        try (LogFile file = new DiskFile(full)) {
            assertThatThrownBy(() -> file.append(ByteBuffer.wrap(new byte[10])))
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageContaining("/dev/full");
            assertThat(file.size()).isZero();
        }
    }
}
