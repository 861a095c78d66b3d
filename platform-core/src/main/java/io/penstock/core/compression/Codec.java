package io.penstock.core.compression;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** One compression format. Implementations are safe for any thread. */
interface Codec {

    /**
     * Compresses everything that remains in {@code source} and appends it to {@code target}.
     *
     * @param source a direct buffer
     * @param target a direct buffer that may grow
     */
    void compress(ByteBuffer source, ByteBuf target);

    /**
     * Decompresses everything that remains in {@code source} into {@code target}, which is empty.
     *
     * @param source a direct buffer
     * @param target a direct buffer whose maximum capacity is the limit
     * @throws DecompressionException if the source is damaged, or expands past the limit
     */
    void decompress(ByteBuffer source, ByteBuf target);

    /** Makes room for more output, at least doubling it; refuses at the limit. */
    static void grow(ByteBuf target, String codec) {
        int limit = target.maxCapacity();
        if (target.capacity() >= limit) {
            throw DecompressionException.tooLarge(codec, limit);
        }
        target.capacity((int) Math.min(limit, Math.max(64L, target.capacity() * 2L)));
    }

    /** Makes room for exactly {@code bytes} more; refuses past the limit. */
    static void reserve(ByteBuf target, int bytes, String codec) {
        if (bytes > target.maxWritableBytes()) {
            throw DecompressionException.tooLarge(codec, target.maxCapacity());
        }
        target.ensureWritable(bytes);
    }

    /** The free room of a buffer, as a view of its own. */
    static ByteBuffer room(ByteBuf target) {
        return target.nioBuffer(target.writerIndex(), target.writableBytes());
    }
}
