package io.penstock.cli.perf;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.compression.Compression;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PayloadsTest {

    @Property(tries = 50)
    void hasTheSizeThatWasAskedFor(@ForAll Payloads.Kind kind, @ForAll @IntRange(max = 5_000) int size) {
        assertThat(new Payloads(kind, size).value(700)).hasSize(size);
    }

    @Test
    void compressesAsItsKindSays() {
        assertThat(compressedShare(Payloads.Kind.incompressible)).isGreaterThan(0.99);
        assertThat(compressedShare(Payloads.Kind.realistic)).isBetween(0.1, 0.6);
    }

    @Test
    void sendsTheSameInEveryRun() {
        assertThat(new Payloads(Payloads.Kind.realistic, 100).value(7))
                .isEqualTo(new Payloads(Payloads.Kind.realistic, 100).value(7));
    }

    private static double compressedShare(Payloads.Kind kind) {
        Payloads payloads = new Payloads(kind, 1_000);
        ByteBuf source = Unpooled.directBuffer();
        ByteBuf target = Unpooled.directBuffer();
        try {
            for (int i = 0; i < 100; i++) {
                source.writeBytes(payloads.value(i));
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
