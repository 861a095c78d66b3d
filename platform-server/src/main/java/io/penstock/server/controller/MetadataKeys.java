package io.penstock.server.controller;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.protocol.codec.CborCodec;

/**
 * Where things are in the metadata store, and how their values are written: CBOR maps.
 *
 * <pre>
 *   topics            the revision of the latest creation or deletion: changes with each creation and deletion
 *   topics/&lt;name&gt;     a TopicRecord
 *   brokers/&lt;id&gt;      a BrokerRecord, ephemeral
 *   producer-ids      the first producer id that is not reserved
 * </pre>
 */
final class MetadataKeys {

    static final String TOPICS = "topics";
    static final String PRODUCER_IDS = "producer-ids";
    private static final String TOPIC_PREFIX = TOPICS + "/";
    private static final String BROKER_PREFIX = "brokers/";

    private MetadataKeys() {}

    static String topic(String name) {
        return TOPIC_PREFIX + name;
    }

    static String broker(int id) {
        return BROKER_PREFIX + id;
    }

    static boolean isTopic(String key) {
        return key.startsWith(TOPIC_PREFIX);
    }

    static boolean isBroker(String key) {
        return key.startsWith(BROKER_PREFIX);
    }

    static byte[] write(Object value) {
        ByteBuf bytes = CborCodec.encode(UnpooledByteBufAllocator.DEFAULT, value);
        try {
            return ByteBufUtil.getBytes(bytes);
        } finally {
            bytes.release();
        }
    }

    static <T> T read(byte[] value, Class<T> type) {
        return CborCodec.decode(Unpooled.wrappedBuffer(value), type);
    }
}
