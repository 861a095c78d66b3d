package io.penstock.client.consumer;

/** Goes from record to record of a partition, past those that are not to be given out. Used by one thread at a time. */
final class RecordWalk<K, V> {

    private final RecordDecoder<K, V> decoder;
    private boolean open;

    RecordWalk(ConsumerOptions<K, V> options) {
        this.decoder = new RecordDecoder<>(options.keyDeserializer(), options.valueDeserializer());
    }

    /** What the walk stands at. */
    RecordDecoder<K, V> decoder() {
        return decoder;
    }

    /**
     * Moves to the next record that is to be given out, and was not handed out; false at the end of a batch, and if
     * there is nothing: then it is another one's turn.
     */
    boolean next(PartitionFetch partition) {
        if (!open) {
            ReceivedElement element = partition.nextBatch();
            if (element == null) {
                return false;
            }
            decoder.open(partition.topicPartition(), element.data(), element.batch(), partition.acknowledger());
            open = true;
        }
        long from = partition.position();
        while (decoder.nextFrom(from)) {
            long offset = decoder.offset();
            from = partition.nextUnfinished(offset);
            if (from == offset) {
                return true;
            }
        }
        close();
        partition.endBatch();
        return false;
    }

    /** Gives up the batch that is under way. */
    void close() {
        decoder.close();
        open = false;
    }
}
