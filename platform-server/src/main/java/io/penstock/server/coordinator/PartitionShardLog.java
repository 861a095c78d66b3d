package io.penstock.server.coordinator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogReader;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.LogSnapshot;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordCursor;
import io.penstock.core.record.RecordHeaders;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.storage.Partition;
import io.penstock.server.storage.PendingAppend;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A partition as the log of a shard: batches of records with keys, appended with acks=all under one leader epoch. */
final class PartitionShardLog implements ShardLog {

    private static final int READ_BYTES = 1 << 20;

    private final Partition partition;
    private final int leaderEpoch;
    private final ByteBufAllocator allocator;

    PartitionShardLog(Partition partition, int leaderEpoch, ByteBufAllocator allocator) {
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
        this.allocator = allocator;
    }

    @Override
    public int maxBatchBytes() {
        return partition.settings().maxBatchBytes();
    }

    @Override
    public void read(Consumer<CoordinatorRecord> reader) {
        partition.ensureEpoch(leaderEpoch);
        PartitionLog log = partition.log();
        LogSnapshot snapshot = log.snapshot();
        if (snapshot.highWatermark() < snapshot.logEndOffset()) {
            throw new PenstockException(
                    ErrorCode.COORDINATOR_NOT_AVAILABLE,
                    partition + " ends at " + snapshot.logEndOffset() + " and is committed up to "
                            + snapshot.highWatermark() + ": what lies between may stay or not");
        }
        try (LogReader slices = log.newReader();
                RecordCursor cursor = new RecordCursor(allocator, BatchLimits.DEFAULTS)) {
            long offset = snapshot.logStartOffset();
            while (offset < snapshot.logEndOffset()) {
                LogSlice slice = slices.read(offset, snapshot.logEndOffset(), READ_BYTES, allocator, 0);
                if (slice == null) {
                    return;
                }
                try {
                    read(slice, offset, cursor, reader);
                } finally {
                    slice.buffer().release();
                }
                offset = slice.nextOffset();
            }
        }
    }

    private void read(LogSlice slice, long from, RecordCursor cursor, Consumer<CoordinatorRecord> reader) {
        Batches batches = new Batches(slice.buffer());
        while (batches.next()) {
            RecordBatch batch = batches.batch();
            batch.ensureValid(BatchLimits.DEFAULTS);
            if (batch.isControl()) {
                continue;
            }
            if (batch.isTransactional()) {
                throw new PenstockException(
                        ErrorCode.COORDINATOR_NOT_AVAILABLE,
                        partition + "@" + batch.baseOffset() + " are records of a transaction: this version can't tell"
                                + " whether they are committed");
            }
            cursor.open(slice.buffer(), batch.index());
            while (cursor.next()) {
                if (cursor.offset() >= from) {
                    reader.accept(recordAt(cursor));
                }
            }
        }
    }

    private static CoordinatorRecord recordAt(RecordCursor cursor) {
        ByteBuf buffer = cursor.buffer();
        byte[] key = ByteBufUtil.getBytes(buffer, cursor.keyIndex(), Math.max(0, cursor.keyLength()), true);
        byte[] value = cursor.valueLength() < 0
                ? null
                : ByteBufUtil.getBytes(buffer, cursor.valueIndex(), cursor.valueLength(), true);
        return new CoordinatorRecord(key, value, cursor.timestamp());
    }

    @Override
    public void append(List<CoordinatorRecord> records, Consumer<@Nullable PenstockException> done) {
        partition.append(new PendingAppend(0, leaderEpoch, Acks.ALL, batchOf(records), new Append(done)));
    }

    private ByteBuf batchOf(List<CoordinatorRecord> records) {
        RecordBatchBuilder batch = new RecordBatchBuilder(
                allocator, Compression.NONE, 0, (int) Math.min(maxBatchBytes(), ShardWrite.sizeOf(records)));
        try {
            records.forEach(
                    record -> batch.append(record.timestampMs(), record.key(), record.value(), RecordHeaders.EMPTY));
            return batch.build();
        } finally {
            batch.release();
        }
    }

    private record Append(Consumer<@Nullable PenstockException> done) implements PendingAppend.Listener {

        @Override
        public void onTaken() {}

        @Override
        public void onAnswer(ProduceAck answer) {
            done.accept(
                    answer.outcome() == Outcome.COMMITTED
                            ? null
                            : new PenstockException(answer.error(), answer.message()));
        }
    }
}
