package io.penstock.core.log.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.log.file.DiskDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexFormatTest {

    @TempDir
    Path root;

    @Test
    void theOffsetIndexHasKafkasBytes() throws IOException {
        try (OffsetIndex index = new OffsetIndex(DiskDirectory.open(root).open("a"), 1000, 16)) {
            index.append(1005, 4200);
            assertThat(index.isFull()).isFalse();
            index.append(1258, 70000);
            assertThat(index.isFull()).isTrue();
        }

        assertThat(Files.readAllBytes(root.resolve("a")))
                .isEqualTo(HexFormat.of().parseHex("00000005" + "00001068" + "00000102" + "00011170"));
    }

    @Test
    void theTimeIndexHasKafkasBytesAndKeepsASlotFree() throws IOException {
        try (TimeIndex index = new TimeIndex(DiskDirectory.open(root).open("a"), 1000, 36)) {
            index.append(1_700_000_000_000L, 1005);
            assertThat(index.isFull()).isFalse();
            index.append(1_700_000_000_000L, 1006);
            index.append(1_700_000_000_001L, 1007);
            assertThat(index.isFull()).isTrue();
        }

        assertThat(Files.readAllBytes(root.resolve("a")))
                .isEqualTo(HexFormat.of().parseHex("0000018bcfe56800" + "00000005" + "0000018bcfe56801" + "00000007"));
    }

    @Test
    void refusesAnOffsetThatIsTooFarFromTheBase() throws IOException {
        try (OffsetIndex index = new OffsetIndex(DiskDirectory.open(root).open("a"), 0, 16)) {
            assertThatThrownBy(() -> index.append(1L << 31, 0)).isInstanceOf(ArithmeticException.class);
            assertThat(index.entries()).isZero();
        }
    }
}
