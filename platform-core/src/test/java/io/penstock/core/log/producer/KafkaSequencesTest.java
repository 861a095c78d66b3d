package io.penstock.core.log.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.TestBatches;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogOffsetMetadata;
import org.apache.kafka.storage.internals.log.ProducerAppendInfo;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's own ProducerStateManager is the judge of our verdicts and of our snapshots. */
class KafkaSequencesTest {

    private static final long NOW = TestBatches.FIRST_TIMESTAMP;

    @TempDir
    Path directory;

    private ProducerStateManager kafka;
    private ProducerStates states = new ProducerStates(0);
    private long endOffset;

    private void begin() throws IOException {
        kafka = new ProducerStateManager(
                new TopicPartition("orders", 0),
                directory.toFile(),
                60_000,
                new ProducerStateManagerConfig(86_400_000, false),
                Time.SYSTEM);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void judgesEveryBatchAsKafkaDoes(long seed) throws Exception {
        begin();
        Random random = new Random(seed);
        List<Sent> sent = new ArrayList<>();
        Map<Object, Integer> seen = new HashMap<>();
        for (int i = 0; i < 1_500; i++) {
            Sent next = next(random, sent);
            sent.add(next);
            seen.merge(kind(judgeBoth(next.id, next.epoch, next.sequence, next.records)), 1, Integer::sum);
        }

        assertThat(seen)
                .as("verdicts that came up")
                .containsKeys(
                        SequenceVerdict.New.class,
                        SequenceVerdict.Duplicate.class,
                        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                        ErrorCode.DUPLICATE_SEQUENCE_NUMBER,
                        ErrorCode.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void readsTheSnapshotsThatKafkaWritesAndWritesWhatKafkaReads() throws Exception {
        begin();
        for (int i = 0; i < 7; i++) {
            for (long id = 5; id < 9; id++) {
                judgeBoth(id, (int) id - 5, 3 * i, 3);
            }
        }
        File theirs = kafka.takeSnapshot(true).orElseThrow();
        ProducerSnapshot ours = states.snapshot();

        ProducerSnapshot read =
                ProducerSnapshot.decode(endOffset, ByteBuffer.wrap(Files.readAllBytes(theirs.toPath())));
        assertThat(read.producers()).hasSameSizeAs(ours.producers());
        for (int i = 0; i < read.producers().size(); i++) {
            ProducerEntry fromKafka = read.producers().get(i);
            ProducerEntry own = ours.producers().get(i);
            assertThat(fromKafka.producerId()).isEqualTo(own.producerId());
            assertThat(fromKafka.epoch()).isEqualTo(own.epoch());
            assertThat(fromKafka.batches()).hasSize(1).element(0).satisfies(batch -> {
                SequencedBatch last = own.batches().get(own.batches().size() - 1);
                assertThat(batch.lastSequence()).isEqualTo(last.lastSequence());
                assertThat(batch.firstSequence()).isEqualTo(last.firstSequence());
                assertThat(batch.lastOffset()).isEqualTo(last.lastOffset());
            });
        }

        Path file = directory.resolve("00000000000000000099.snapshot");
        Files.write(file, ours.encode().array());
        Map<Long, ProducerStateEntry> seenByKafka = new HashMap<>();
        ProducerStateManager.readSnapshot(file.toFile()).forEach(entry -> seenByKafka.put(entry.producerId(), entry));
        assertThat(seenByKafka).hasSameSizeAs(ours.producers());
        for (ProducerEntry own : ours.producers()) {
            ProducerStateEntry entry = seenByKafka.get(own.producerId());
            SequencedBatch last = own.batches().get(own.batches().size() - 1);
            assertThat(entry.producerEpoch()).isEqualTo(own.epoch());
            assertThat(entry.lastDataOffset()).isEqualTo(last.lastOffset());
            assertThat(entry.lastTimestamp()).isEqualTo(own.lastTimeMs());
            assertThat(entry.coordinatorEpoch()).isEqualTo(-1);
            assertThat(entry.currentTxnFirstOffset()).isEqualTo(OptionalLong.empty());
            assertThat(List.copyOf(entry.batchMetadata()).get(0).firstSeq()).isEqualTo(last.firstSequence());
        }
    }

    private record Sent(long id, int epoch, int sequence, int records) {}

    /** Mostly what comes next of a producer, sometimes what was sent before, or what is wrong in another way. */
    private Sent next(Random random, List<Sent> sent) {
        if (!sent.isEmpty() && random.nextInt(4) == 0) {
            return sent.get(Math.max(0, sent.size() - 1 - random.nextInt(random.nextInt(10) == 0 ? 700 : 40)));
        }
        long id = random.nextInt(4);
        int epoch = kafkaEpoch(id);
        int last = lastSequence(id);
        int sequence = last >= 0 ? Sequences.plus(last, 1) : random.nextBoolean() ? 0 : Integer.MAX_VALUE - 20;
        return switch (random.nextInt(400)) {
            case 0 -> new Sent(id, epoch + 1, 0, 2);
            case 1 -> new Sent(id, epoch + 1, sequence, 2);
            case 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 ->
                new Sent(id, epoch, Sequences.plus(sequence, random.nextInt(9) - 4), 2);
            default -> new Sent(id, epoch, sequence, 1 + random.nextInt(4));
        };
    }

    private int kafkaEpoch(long id) {
        return kafka.lastEntry(id).map(entry -> (int) entry.producerEpoch()).orElse(0);
    }

    private int lastSequence(long id) {
        return states.entries().stream()
                .filter(entry -> entry.producerId() == id && !entry.batches().isEmpty())
                .mapToInt(
                        entry -> entry.batches().get(entry.batches().size() - 1).lastSequence())
                .findFirst()
                .orElse(-1);
    }

    private static Object kind(SequenceVerdict verdict) {
        return verdict instanceof SequenceVerdict.Refused refused ? refused.code() : verdict.getClass();
    }

    /** Shows a batch to both, compares what they say, and appends it to both if it is new. */
    private SequenceVerdict judgeBoth(long id, int epoch, int sequence, int records) {
        TestBatches building = TestBatches.batch()
                .allocator(UnpooledByteBufAllocator.DEFAULT)
                .baseOffset(endOffset)
                .producer(id, epoch, sequence);
        for (int i = 0; i < records; i++) {
            building.record(null, "v");
        }
        ByteBuf bytes = building.build();
        try {
            RecordBatch batch = RecordBatch.at(bytes, bytes.readerIndex());
            SequenceVerdict verdict = states.newCheck().judge(batch);
            Object theirs = judgeByKafka(MemoryRecords.readableRecords(bytes.nioBuffer())
                    .batches()
                    .iterator()
                    .next());
            if (verdict instanceof SequenceVerdict.Duplicate duplicate) {
                if (isInKafkasWindow(id, duplicate.original())) {
                    assertThat(theirs)
                            .as("offset of the original")
                            .isEqualTo(duplicate.original().lastOffset());
                } else {
                    assertThat(theirs).isEqualTo(OutOfOrderSequenceException.class);
                }
            } else if (verdict instanceof SequenceVerdict.Refused refused) {
                // a batch from before the window is out of order to Kafka
                assertThat(theirs)
                        .as("%s: %s", refused.code(), refused.why())
                        .isEqualTo(
                                refused.code() == ErrorCode.INVALID_PRODUCER_EPOCH
                                        ? InvalidProducerEpochException.class
                                        : OutOfOrderSequenceException.class);
            } else {
                assertThat(theirs).isEqualTo(SequenceVerdict.NEW);
                states.append(batch, NOW);
                endOffset = batch.nextOffset();
            }
            return verdict;
        } finally {
            bytes.release();
        }
    }

    private boolean isInKafkasWindow(long id, SequencedBatch batch) {
        List<SequencedBatch> known = states.entries().stream()
                .filter(entry -> entry.producerId() == id)
                .findFirst()
                .orElseThrow()
                .batches();
        return known.indexOf(batch) >= known.size() - ProducerStateEntry.NUM_BATCHES_TO_RETAIN;
    }

    /** The class of the refusal, or the last offset of the original, or {@link SequenceVerdict#NEW}. */
    private Object judgeByKafka(org.apache.kafka.common.record.internal.RecordBatch batch) {
        ProducerStateEntry entry = kafka.lastEntry(batch.producerId()).orElse(null);
        if (entry != null && entry.producerEpoch() == batch.producerEpoch()) {
            for (BatchMetadata known : new ArrayList<>(entry.batchMetadata())) {
                if (known.firstSeq() == batch.baseSequence() && known.lastSeq() == batch.lastSequence()) {
                    return known.lastOffset();
                }
            }
        }
        try {
            ProducerAppendInfo update = kafka.prepareUpdate(batch.producerId(), AppendOrigin.CLIENT);
            update.append(batch, Optional.<LogOffsetMetadata>empty());
            kafka.update(update);
            kafka.updateMapEndOffset(batch.nextOffset());
            return SequenceVerdict.NEW;
        } catch (OutOfOrderSequenceException | InvalidProducerEpochException e) {
            return e.getClass();
        }
    }
}
