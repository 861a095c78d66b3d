package io.penstock.core.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the records of a batch are compressed; bits 0 to 2 of a batch's attributes. Safe for any thread.
 *
 * <p>Buffers are read through NIO views of this class's own, so that a slice of a received frame may be read while the
 * event loop fills the rest of it.
 */
public enum Compression {
    NONE(0, new NoneCodec()),
    GZIP(1, new GzipCodec()),
    SNAPPY(2, new SnappyCodec()),
    LZ4(3, new Lz4Codec()),
    ZSTD(4, new ZstdCodec());

    /** The first guess at how much data expands. */
    private static final int USUAL_RATIO = 4;

    private static final Compression[] BY_ID = values();

    private final int id;
    private final Codec codec;
    private final String configValue;

    Compression(int id, Codec codec) {
        this.id = id;
        this.codec = codec;
        this.configValue = name().toLowerCase(Locale.ROOT);
    }

    /** The number in a batch's attributes. */
    public int id() {
        return id;
    }

    /** The value as topic and producer settings spell it: the name in lower case. */
    public String configValue() {
        return configValue;
    }

    /** Tells whether a number from a batch's attributes is one of the table's. */
    public static boolean isKnownId(int id) {
        return id >= 0 && id < BY_ID.length;
    }

    /**
     * The compression with a number.
     *
     * @throws PenstockException {@code UNSUPPORTED_COMPRESSION_TYPE} if there is none
     */
    public static Compression ofId(int id) {
        if (!isKnownId(id)) {
            throw new PenstockException(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    "compression " + id + " is unknown; known are 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd");
        }
        return BY_ID[id];
    }

    /**
     * The compression that a setting names, in whatever case.
     *
     * @throws PenstockException {@code UNSUPPORTED_COMPRESSION_TYPE} if there is none
     */
    public static Compression ofConfigValue(String value) {
        for (Compression compression : BY_ID) {
            if (compression.configValue.equalsIgnoreCase(value)) {
                return compression;
            }
        }
        throw new PenstockException(
                ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                "compression '" + value + "' is unknown; known are none, gzip, snappy, lz4, zstd");
    }

    /**
     * Compresses the readable bytes of {@code source}, whose indices stay as they are, and appends the result to
     * {@code target}, which grows as needed.
     */
    public void compress(ByteBuf source, ByteBuf target) {
        ByteBuf output = isUsable(target) ? target : target.alloc().directBuffer(source.readableBytes());
        ByteBuf copy = null;
        try {
            copy = copyUnlessDirect(source, target.alloc());
            codec.compress(view(copy == null ? source : copy), output);
            if (output != target) {
                target.writeBytes(output);
            }
        } finally {
            release(copy);
            if (output != target) {
                output.release();
            }
        }
    }

    /**
     * Decompresses the readable bytes of {@code source}, whose indices stay as they are. The limit is checked while
     * decompressing, and what the data declares is checked before it is allocated.
     *
     * @param maxBytes the most that the result may hold, 0 or more
     * @return a new direct buffer that the caller releases
     * @throws DecompressionException if the data is damaged, or expands past the limit; nothing is left allocated then
     */
    public ByteBuf decompress(ByteBuf source, ByteBufAllocator allocator, int maxBytes) {
        int guess = (int) Math.min(maxBytes, (long) USUAL_RATIO * source.readableBytes());
        ByteBuf target = allocator.directBuffer(guess, maxBytes);
        ByteBuf copy = null;
        boolean done = false;
        try {
            copy = copyUnlessDirect(source, allocator);
            codec.decompress(view(copy == null ? source : copy), target);
            done = true;
            return target;
        } finally {
            release(copy);
            if (!done) {
                target.release();
            }
        }
    }

    private static ByteBuffer view(ByteBuf buffer) {
        return buffer.nioBuffer(buffer.readerIndex(), buffer.readableBytes());
    }

    /** The native codecs work on one piece of direct memory. */
    private static boolean isUsable(ByteBuf buffer) {
        return buffer.isDirect() && buffer.nioBufferCount() == 1;
    }

    private static @Nullable ByteBuf copyUnlessDirect(ByteBuf source, ByteBufAllocator allocator) {
        return isUsable(source)
                ? null
                : allocator.directBuffer(source.readableBytes()).writeBytes(view(source));
    }

    private static void release(@Nullable ByteBuf copy) {
        if (copy != null) {
            copy.release();
        }
    }
}
