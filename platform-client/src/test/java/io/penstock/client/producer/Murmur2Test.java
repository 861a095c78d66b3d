package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.utils.Utils;

class Murmur2Test {

    @Property
    void hashesAsKafkaDoes(@ForAll @Size(max = 300) byte[] key, @ForAll @IntRange(max = 5) int index) {
        ByteBuf data = Unpooled.directBuffer().writeZero(index).writeBytes(key).writeByte(7);
        assertThat(Murmur2.hash(data, index, key.length)).isEqualTo(Utils.murmur2(key));
        data.release();
    }

    @Property
    void choosesThePartitionThatKafkaChooses(
            @ForAll @Size(max = 40) byte[] key, @ForAll @IntRange(min = 1, max = 10_000) int partitions) {
        ByteBuf data = Unpooled.wrappedBuffer(key);
        assertThat(Partitioner.byKeyHash().partition("t", data, 0, key.length, partitions))
                .isEqualTo(Utils.toPositive(Utils.murmur2(key)) % partitions);
    }

    @Property
    void leavesRecordsWithoutAKeyToTheOpenBatch(@ForAll @IntRange(min = 1, max = 10_000) int partitions) {
        assertThat(Partitioner.byKeyHash().partition("t", Unpooled.EMPTY_BUFFER, 0, -1, partitions))
                .isEqualTo(Partitioner.STICKY);
    }
}
