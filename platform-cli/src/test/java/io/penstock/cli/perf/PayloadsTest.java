package io.penstock.cli.perf;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.compression.Compression;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PayloadsTest {

    private static final int BATCH_BYTES = 256 << 10;

    @Property(tries = 20)
    void hasTheSizeThatWasAskedFor(
            @ForAll Payloads.Kind kind, @ForAll @IntRange(max = 5_000) int size, @ForAll boolean forCodec) {
        assertThat(Payloads.of(kind, size, forCodec).next()).hasSize(size);
    }

    @Test
    void compressesAsItsKindSays() {
        assertThat(compressedShare(Payloads.Kind.incompressible)).isGreaterThan(0.97);
        assertThat(compressedShare(Payloads.Kind.text)).isBetween(0.8, 0.95);
        assertThat(compressedShare(Payloads.Kind.realistic)).isBetween(0.1, 0.6);
    }

    @Test
    void sendsTheSameInEveryRun() {
        Payloads first = Payloads.of(Payloads.Kind.realistic, 100, false);
        Payloads second = Payloads.of(Payloads.Kind.realistic, 100, false);
        for (int i = 0; i < 1_000; i++) {
            assertThat(second.next()).isEqualTo(first.next());
        }
    }

    /** Of which Kafka's tool makes the same values, reading them as UTF-8. */
    @Test
    void isALineOfAsciiIfItIsText() {
        for (Payloads.Kind kind : List.of(Payloads.Kind.text, Payloads.Kind.realistic)) {
            assertThat(Payloads.of(kind, 100, true).values()).allMatch(PayloadsTest::isLineOfAscii);
        }
    }

    private static boolean isLineOfAscii(byte[] value) {
        for (byte each : value) {
            if (each < 0 || each == '\n') {
                return false;
            }
        }
        return true;
    }

    /** Of a batch of small values, in which a codec would find those that come again. */
    private static double compressedShare(Payloads.Kind kind) {
        Payloads payloads = Payloads.of(kind, 100, true);
        ByteBuf source = Unpooled.directBuffer();
        ByteBuf target = Unpooled.directBuffer();
        try {
            while (source.readableBytes() < BATCH_BYTES) {
                source.writeBytes(payloads.next());
            }
            int size = source.readableBytes();
            Compression.ZSTD.compress(source, target);
            return (double) target.readableBytes() / size;
        } finally {
            source.release();
            target.release();
        }
    }
}
