package io.penstock.core.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.compression.MeteredAllocator;
import io.penstock.core.record.CorruptBatchException.Reason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchesTest {

    private final MeteredAllocator allocator = new MeteredAllocator();
    private final ByteBuf region = allocator.directBuffer().writeZero(5);
    private final List<Integer> starts = new ArrayList<>();

    BatchesTest() {
        for (int i = 0; i < 3; i++) {
            starts.add(region.writerIndex());
            ByteBuf batch = TestBatches.batch()
                    .allocator(allocator)
                    .baseOffset(10L * i)
                    .records(i + 1, 20)
                    .build();
            region.writeBytes(batch);
            batch.release();
        }
        starts.add(region.writerIndex());
        region.readerIndex(5);
    }

    @AfterEach
    void nothingIsLeftAllocated() {
        region.release();
        assertThat(allocator.heldBytes()).isZero();
    }

    @Test
    void visitsEveryBatchWithOneFlyweight() {
        Batches batches = new Batches(region);
        RecordBatch flyweight = batches.batch();
        for (int i = 0; i < 3; i++) {
            assertThat(batches.next()).isTrue();
            assertThat(batches.batch()).isSameAs(flyweight);
            assertThat(flyweight.index()).isEqualTo(starts.get(i));
            assertThat(flyweight.baseOffset()).isEqualTo(10L * i);
            assertThat(flyweight.recordCount()).isEqualTo(i + 1);
            flyweight.ensureValid(BatchLimits.DEFAULTS);
        }
        assertThat(batches.next()).isFalse();
        assertThat(batches.tailIndex()).isEqualTo(region.writerIndex());
        assertThat(batches.tailBytes()).isZero();
        assertThat(region.readerIndex()).isEqualTo(5);
    }

    @Test
    void saysWhereAPartialTailBeginsForEveryCut() {
        Batches batches = new Batches();
        for (int cut = 0; cut <= region.readableBytes(); cut++) {
            batches.reset(region, 5, cut);
            int whole = 0;
            while (batches.next()) {
                whole++;
            }
            int end = 5 + cut;
            int expected =
                    (int) starts.stream().skip(1).filter(start -> start <= end).count();
            assertThat(whole).isEqualTo(expected);
            assertThat(batches.tailIndex()).isEqualTo(starts.get(expected));
            assertThat(batches.tailBytes()).isEqualTo(end - starts.get(expected));
            assertThat(batches.next()).as("stays at the tail").isFalse();
        }
    }

    @Test
    void aLengthThatLeadsNowhereIsDamageAndNotATail() {
        for (int length : new int[] {Integer.MIN_VALUE, -12, 0, 48}) {
            region.setInt(starts.get(1) + RecordBatch.LENGTH_AT, length);
            Batches batches = new Batches(region);
            assertThat(batches.next()).isTrue();
            assertThatThrownBy(batches::next).isInstanceOfSatisfying(CorruptBatchException.class, e -> {
                assertThat(e.reason()).isEqualTo(Reason.BAD_LENGTH);
                assertThat(e.baseOffset()).isEqualTo(10);
            });
            assertThat(batches.tailIndex()).isEqualTo(starts.get(1));
        }
    }

    @Test
    void aLengthBeyondTheRegionIsATail() {
        region.setInt(starts.get(2) + RecordBatch.LENGTH_AT, Integer.MAX_VALUE);
        Batches batches = new Batches(region);
        assertThat(batches.next()).isTrue();
        assertThat(batches.next()).isTrue();
        assertThat(batches.next()).isFalse();
        assertThat(batches.tailIndex()).isEqualTo(starts.get(2));
    }

    @Test
    void anEmptyRegionHasNone() {
        assertThat(new Batches().next()).isFalse();
        assertThat(new Batches(Unpooled.EMPTY_BUFFER).next()).isFalse();
    }

    @Test
    void refusesARegionOutsideOfTheBuffer() {
        assertThatThrownBy(() -> new Batches(region, 5, region.writerIndex()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new Batches(region, -1, 5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new Batches(region, Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
