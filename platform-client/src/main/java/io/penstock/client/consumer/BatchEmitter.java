package io.penstock.client.consumer;

import org.jspecify.annotations.Nullable;

/** Batch by batch, a turn each. */
final class BatchEmitter<K, V> implements Emitter<ReceivedBatch<K, V>> {

    private final ConsumerOptions<K, V> options;
    private @Nullable PartitionFetch served;

    BatchEmitter(ConsumerOptions<K, V> options) {
        this.options = options;
    }

    @Override
    public @Nullable ReceivedBatch<K, V> next(PartitionFetch partition) {
        if (served == partition) {
            served = null;
            return null;
        }
        ReceivedElement element = partition.nextBatch();
        if (element == null) {
            return null;
        }
        ReceivedBatch<K, V> batch = new HeldBatch<>(
                partition,
                element,
                partition.nextUnfinished(partition.position()),
                new RecordDecoder<>(options.keyDeserializer(), options.valueDeserializer()));
        partition.handOut(batch.baseOffset(), batch.lastOffset() + 1);
        partition.endBatch();
        served = partition;
        return batch;
    }

    @Override
    public void close() {
        served = null;
    }
}
