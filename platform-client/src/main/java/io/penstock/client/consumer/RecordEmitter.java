package io.penstock.client.consumer;

import org.jspecify.annotations.Nullable;

/** Record by record; a partition's turn lasts until the end of a batch. */
final class RecordEmitter<K, V> implements Emitter<ConsumerRecord<K, V>> {

    private final RecordWalk<K, V> walk;

    RecordEmitter(ConsumerOptions<K, V> options) {
        this.walk = new RecordWalk<>(options);
    }

    @Override
    public @Nullable ConsumerRecord<K, V> next(PartitionFetch partition) {
        if (!walk.next(partition)) {
            return null;
        }
        ConsumerRecord<K, V> record = walk.decoder().decode();
        partition.handOut(record.offset(), record.offset() + 1);
        return record;
    }

    @Override
    public void close() {
        walk.close();
    }
}
