package io.penstock.core.compression;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.xerial.snappy.Snappy;

/**
 * Snappy in the framing of xerial's {@code SnappyOutputStream}, which Kafka's Java clients write. A bare snappy block
 * without the framing, as librdkafka writes it, is read too.
 *
 * <pre>
 *  82 'S' 'N' 'A' 'P' 'P' 'Y' 00   version(4) = 1   compatible version(4) = 1   { length(4)  snappy block }*
 * </pre>
 *
 * Numbers are big endian. A block is written of at most 32 KiB.
 */
final class SnappyCodec implements Codec {

    private static final String NAME = "snappy";
    private static final long MAGIC = 0x82_53_4e_41_50_50_59_00L;
    private static final int MAGIC_HEAD = (int) (MAGIC >>> 32);
    private static final int HEADER_BYTES = 16;
    private static final int VERSION = 1;
    private static final int BLOCK_BYTES = 32 << 10;

    @Override
    public void compress(ByteBuffer source, ByteBuf target) {
        target.writeLong(MAGIC).writeInt(VERSION).writeInt(VERSION);
        int end = source.limit();
        for (int position = source.position(); position < end; position += BLOCK_BYTES) {
            source.limit(Math.min(end, position + BLOCK_BYTES)).position(position);
            compressBlock(source, target);
        }
    }

    private static void compressBlock(ByteBuffer block, ByteBuf target) {
        target.ensureWritable(Integer.BYTES + Snappy.maxCompressedLength(block.remaining()));
        int start = target.writerIndex() + Integer.BYTES;
        try {
            int length = Snappy.compress(block, target.nioBuffer(start, target.capacity() - start));
            target.writeInt(length);
            target.writerIndex(start + length);
        } catch (IOException e) {
            throw new UncheckedIOException("snappy failed to compress", e);
        }
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuf target) {
        if (source.remaining() < Long.BYTES || source.getLong(source.position()) != MAGIC) {
            decompressBlock(source, target);
            return;
        }
        int end = source.limit();
        while (source.position() < end) {
            int length = readBlockLength(source);
            if (length == MAGIC_HEAD) {
                // streams may follow each other, each with its header
                skipHeader(source);
                continue;
            }
            if (length < 0 || length > source.remaining()) {
                throw DecompressionException.malformed(
                        "a snappy block of " + length + " bytes where " + source.remaining() + " are left");
            }
            int next = source.position() + length;
            decompressBlock(source.limit(next), target);
            source.limit(end).position(next);
        }
    }

    private static int readBlockLength(ByteBuffer source) {
        if (source.remaining() < Integer.BYTES) {
            throw DecompressionException.malformed("the snappy stream ends early");
        }
        return source.getInt();
    }

    private static void skipHeader(ByteBuffer source) {
        int start = source.position() - Integer.BYTES;
        if (source.limit() - start < HEADER_BYTES || source.getLong(start) != MAGIC) {
            throw DecompressionException.malformed("not a snappy stream");
        }
        if (source.getInt(start + Long.BYTES + Integer.BYTES) > VERSION) {
            throw DecompressionException.malformed("the snappy stream needs a later version than " + VERSION);
        }
        source.position(start + HEADER_BYTES);
    }

    private static void decompressBlock(ByteBuffer block, ByteBuf target) {
        try {
            // the native code trusts the length that the block declares: there must be room for all of it; that so
            // few bytes can't hold so many is checked by the library, and that it is by a test of ours
            int length = Snappy.uncompressedLength(block);
            Codec.reserve(target, length, NAME);
            if (length > 0) {
                int written = Snappy.uncompress(block, target.nioBuffer(target.writerIndex(), length));
                target.writerIndex(target.writerIndex() + written);
            }
        } catch (IOException e) {
            throw DecompressionException.malformed("bad snappy data", e);
        }
    }
}
