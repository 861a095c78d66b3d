package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;

/**
 * Chooses the partition of a record that names none. Called on the thread that hands the record in, without a lock;
 * must be safe for several threads if several streams send at once.
 */
@FunctionalInterface
public interface Partitioner {

    /** The answer of a partitioner that does not mind: the record joins the topic's open batch. */
    int STICKY = -1;

    /**
     * Kafka's: records with a key go by its murmur2 hash, those without stick to one partition until its batch is
     * closed.
     */
    static Partitioner byKeyHash() {
        return (topic, key, keyIndex, keyLength, partitions) ->
                keyLength < 0 ? STICKY : Murmur2.toPositive(Murmur2.hash(key, keyIndex, keyLength)) % partitions;
    }

    /**
     * Chooses.
     *
     * @param key where the serialised key lies
     * @param keyIndex where it begins
     * @param keyLength its length in bytes, or -1 for none
     * @param partitions how many the topic has
     * @return from 0 to {@code partitions - 1}, or {@link #STICKY}
     */
    int partition(String topic, ByteBuf key, int keyIndex, int keyLength, int partitions);
}
