package io.penstock.core.log.producer;

import io.penstock.core.record.RecordBatch;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The producers of a partition as they were when its log ended at an offset, in Kafka's format, and behind it what Kafka
 * does not keep, and does not look at:
 *
 * <pre>
 *  0 int16   version                  1
 *  2 uint32  crc                      CRC-32C of everything from 6 to the end
 *  6 int32   number of producers, and of each
 *            int64 producer id | int16 epoch | int32 last sequence | int64 last offset | int32 offset delta
 *            | int64 time, ms since 1970 | int32 coordinator epoch | int64 first offset of the open transaction
 *              (the last batch; -1, -1 and 0 if none is known. -1 also for no coordinator and no transaction)
 *            int8 version of what follows, 0; and of each producer, in the same order
 *            int8 number of batches before the last one, and of each, the oldest first
 *            int32 last sequence | int64 last offset | int32 offset delta | int64 time, ms since 1970
 * </pre>
 *
 * @param offset the end of the log that it tells of
 * @param producers in the order of their ids
 */
public record ProducerSnapshot(long offset, List<ProducerEntry> producers) {

    /** The end of the name of a file that has one; the name begins with the offset. */
    public static final String SUFFIX = ".snapshot";

    private static final short VERSION = 1;
    private static final byte WINDOWS_VERSION = 0;
    private static final int CRC_AT = 2;
    private static final int PRODUCERS_AT = 6;
    private static final int PRODUCER_BYTES = 46;
    private static final int BATCH_BYTES = 24;
    private static final int NONE = -1;

    public ProducerSnapshot {
        producers = List.copyOf(producers);
    }

    /** The bytes of the file. */
    public ByteBuffer encode() {
        ByteBuffer bytes = ByteBuffer.allocate(sizeInBytes());
        bytes.putShort(VERSION).putInt(0).putInt(producers.size());
        for (ProducerEntry producer : producers) {
            encode(producer, bytes);
        }
        bytes.put(WINDOWS_VERSION);
        for (ProducerEntry producer : producers) {
            encodeWindow(producer.batches(), bytes);
        }
        bytes.flip();
        return bytes.putInt(CRC_AT, (int) crcOf(bytes));
    }

    private int sizeInBytes() {
        int size = PRODUCERS_AT + Integer.BYTES + Byte.BYTES;
        for (ProducerEntry producer : producers) {
            int batches = producer.batches().size();
            size += PRODUCER_BYTES + Byte.BYTES + Math.max(0, batches - 1) * BATCH_BYTES;
        }
        return size;
    }

    private static void encode(ProducerEntry producer, ByteBuffer bytes) {
        List<SequencedBatch> batches = producer.batches();
        bytes.putLong(producer.producerId()).putShort(producer.epoch());
        if (batches.isEmpty()) {
            bytes.putInt(RecordBatch.NO_SEQUENCE).putLong(NONE).putInt(0);
        } else {
            encode(batches.get(batches.size() - 1), bytes);
        }
        bytes.putLong(producer.lastTimeMs()).putInt(producer.coordinatorEpoch()).putLong(producer.transactionStart());
    }

    private static void encode(SequencedBatch batch, ByteBuffer bytes) {
        bytes.putInt(batch.lastSequence()).putLong(batch.lastOffset()).putInt((int)
                (batch.lastOffset() - batch.baseOffset()));
    }

    private static void encodeWindow(List<SequencedBatch> batches, ByteBuffer bytes) {
        int earlier = Math.max(0, batches.size() - 1);
        bytes.put((byte) earlier);
        for (SequencedBatch batch : batches.subList(0, earlier)) {
            encode(batch, bytes);
            bytes.putLong(batch.appendTimeMs());
        }
    }

    private static long crcOf(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(PRODUCERS_AT));
        return crc.getValue();
    }

    /**
     * What the bytes of a file have; one that Kafka has written lacks the earlier batches.
     *
     * @param offset the one in the file's name
     * @throws IllegalArgumentException if they are not a snapshot; says what is wrong
     */
    public static ProducerSnapshot decode(long offset, ByteBuffer bytes) {
        try {
            short version = bytes.getShort();
            if (version != VERSION) {
                throw new IllegalArgumentException("its version is " + version + " instead of " + VERSION);
            }
            long crc = Integer.toUnsignedLong(bytes.getInt());
            if (crc != crcOf(bytes)) {
                throw new IllegalArgumentException("its checksum is wrong");
            }
            return new ProducerSnapshot(offset, decodeProducers(offset, bytes));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("it ends too early");
        }
    }

    private static List<ProducerEntry> decodeProducers(long offset, ByteBuffer bytes) {
        int count = bytes.getInt();
        if (count < 0 || count > bytes.remaining() / PRODUCER_BYTES) {
            throw new IllegalArgumentException(count + " producers in " + bytes.remaining() + " bytes");
        }
        List<ProducerEntry> producers = new ArrayList<>(count);
        ByteBuffer windows = bytes.duplicate().position(bytes.position() + count * PRODUCER_BYTES);
        boolean hasWindows = windows.hasRemaining() && windows.get() == WINDOWS_VERSION;
        for (int i = 0; i < count; i++) {
            ProducerEntry producer = decode(bytes, hasWindows ? decodeWindow(windows) : List.of());
            if (!producer.batches().isEmpty() && newestOffset(producer) >= offset) {
                throw new IllegalArgumentException("producer " + producer.producerId() + " is at offset "
                        + newestOffset(producer) + ", where " + offset + " is the end");
            }
            producers.add(producer);
        }
        return producers;
    }

    private static long newestOffset(ProducerEntry producer) {
        return producer.batches().get(producer.batches().size() - 1).lastOffset();
    }

    private static List<SequencedBatch> decodeWindow(ByteBuffer bytes) {
        int count = bytes.get();
        if (count < 0 || count >= ProducerStates.WINDOW) {
            throw new IllegalArgumentException(count + " batches before the last one of a producer");
        }
        List<SequencedBatch> batches = new ArrayList<>(count + 1);
        for (int i = 0; i < count; i++) {
            int lastSequence = bytes.getInt();
            long lastOffset = bytes.getLong();
            batches.add(batch(lastSequence, lastOffset, bytes.getInt(), bytes.getLong()));
        }
        return batches;
    }

    private static ProducerEntry decode(ByteBuffer bytes, List<SequencedBatch> earlier) {
        long id = bytes.getLong();
        short epoch = bytes.getShort();
        int lastSequence = bytes.getInt();
        long lastOffset = bytes.getLong();
        int delta = bytes.getInt();
        long timeMs = bytes.getLong();
        List<SequencedBatch> batches = new ArrayList<>(earlier);
        if (lastSequence != RecordBatch.NO_SEQUENCE) {
            batches.add(batch(lastSequence, lastOffset, delta, timeMs));
        }
        return new ProducerEntry(id, epoch, bytes.getInt(), bytes.getLong(), timeMs, batches);
    }

    private static SequencedBatch batch(int lastSequence, long lastOffset, int delta, long timeMs) {
        if (lastSequence < 0 || delta < 0 || lastOffset < delta) {
            throw new IllegalArgumentException(
                    "a batch with last sequence " + lastSequence + ", last offset " + lastOffset + ", delta " + delta);
        }
        return new SequencedBatch(
                Sequences.minus(lastSequence, delta), lastSequence, lastOffset - delta, lastOffset, timeMs);
    }
}
