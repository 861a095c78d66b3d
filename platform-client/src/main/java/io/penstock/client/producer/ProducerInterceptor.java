package io.penstock.client.producer;

/**
 * Sees every record on its way in, and every result on its way out. Both methods do nothing by default, must be quick, and must be
 * safe for several threads if several streams send at once. Whatever they throw is logged and changes nothing.
 *
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public interface ProducerInterceptor<K, V> {

    /**
     * A record, before it is serialised and its partition chosen; on the thread that hands it in.
     *
     * @return what is sent in its place: the same, or a changed one, whose correlation is not looked at
     */
    default ProducerRecord<K, V> onSend(ProducerRecord<K, V> record) {
        return record;
    }

    /**
     * What became of a record, before its sender is given the result. Not called for a record whose sender has cancelled. The
     * correlation is missing where a failure ends a stream.
     */
    default void onResult(SendResult result) {}
}
