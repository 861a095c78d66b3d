package io.penstock.core.log.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ProducerSnapshotTest {

    private static final ProducerSnapshot SMALL = new ProducerSnapshot(
            0x107,
            List.of(new ProducerEntry(
                    0x0102_0304_0506_0708L,
                    (short) 9,
                    -1,
                    -1,
                    0x1000,
                    List.of(
                            new SequencedBatch(0, 1, 0x100, 0x101, 0xfff),
                            new SequencedBatch(2, 4, 0x102, 0x104, 0x1000)))));

    @Test
    void hasTheBytesOfTheFormat() {
        assertThat(HexFormat.of().formatHex(SMALL.encode().array()))
                .isEqualTo("0001" + crc() + "00000001"
                        + "0102030405060708" + "0009" + "00000004" + "0000000000000104" + "00000002"
                        + "0000000000001000" + "ffffffff" + "ffffffffffffffff"
                        + "00" + "01" + "00000001" + "0000000000000101" + "00000001" + "0000000000000fff");
    }

    private static String crc() {
        CRC32C crc = new CRC32C();
        crc.update(SMALL.encode().position(6));
        return String.format("%08x", crc.getValue());
    }

    @Test
    void comesBackAsItWas() {
        Random random = new Random(3);
        List<ProducerEntry> producers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            List<SequencedBatch> batches = new ArrayList<>();
            int sequence = random.nextInt() & Integer.MAX_VALUE;
            long offset = random.nextInt(1_000);
            long time = random.nextInt(1_000);
            for (int j = random.nextInt(ProducerStates.WINDOW + 1); j > 0; j--) {
                int delta = random.nextInt(20);
                time++;
                batches.add(
                        new SequencedBatch(sequence, Sequences.plus(sequence, delta), offset, offset + delta, time));
                sequence = Sequences.plus(sequence, delta + 1);
                offset += delta + random.nextInt(9) + 1;
            }
            producers.add(
                    new ProducerEntry(i * 3, (short) random.nextInt(99), i % 3 - 1, i % 2 * 50 - 1, time, batches));
        }
        ProducerSnapshot snapshot = new ProducerSnapshot(100_000, producers);

        assertThat(ProducerSnapshot.decode(100_000, snapshot.encode())).isEqualTo(snapshot);
        assertThat(ProducerStates.of(snapshot).snapshot()).isEqualTo(snapshot);
    }

    @Test
    void believesNoByteThatChanged() {
        byte[] good = SMALL.encode().array();
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            assertThatThrownBy(() -> ProducerSnapshot.decode(0x107, ByteBuffer.wrap(bad)))
                    .as("byte %s changed", i)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (int length = 0; length < good.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(good, 0, length).slice();
            assertThatThrownBy(() -> ProducerSnapshot.decode(0x107, cut))
                    .as("cut to %s", length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> ProducerSnapshot.decode(0x104, ByteBuffer.wrap(good)))
                .hasMessageContaining("where 260 is the end");
    }
}
