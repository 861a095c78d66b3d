package io.penstock.client.consumer;

import org.jspecify.annotations.Nullable;

/** Record by record; a partition's turn lasts until the end of a batch. */
final class RecordEmitter<K, V> implements Emitter<ConsumerRecord<K, V>> {

    private final RecordDecoder<K, V> decoder;
    private boolean open;

    RecordEmitter(ConsumerOptions<K, V> options) {
        this.decoder = new RecordDecoder<>(options.keyDeserializer(), options.valueDeserializer());
    }

    @Override
    public @Nullable ConsumerRecord<K, V> next(PartitionFetch partition) {
        if (!open) {
            ReceivedElement element = partition.nextBatch();
            if (element == null) {
                return null;
            }
            decoder.open(partition.topicPartition(), element.data(), element.batch(), partition.acknowledger());
            open = true;
        }
        long from = partition.position();
        while (decoder.nextFrom(from)) {
            long offset = decoder.offset();
            from = partition.nextUnfinished(offset);
            if (from == offset) {
                ConsumerRecord<K, V> record = decoder.decode();
                partition.handOut(offset, offset + 1);
                return record;
            }
        }
        decoder.close();
        open = false;
        partition.endBatch();
        return null;
    }

    @Override
    public void close() {
        decoder.close();
        open = false;
    }
}
