package io.penstock.core.compression;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * One LZ4 frame (format version 1.6), as Kafka's {@code Lz4BlockOutputStream} writes it: independent blocks of 64 KiB,
 * no checksums but the header's. All block sizes and checksums are read; blocks that depend on earlier ones and
 * dictionaries are refused, as Kafka refuses them.
 *
 * <pre>
 *  04 22 4d 18   flags(1)   block size(1)   [content size(8)]   header checksum(1)
 *  { length(4), top bit: stored   block   [checksum(4)] }*   00 00 00 00   [content checksum(4)]
 *
 *  flags       01 = version   independent   block checksums   content size   content checksum   0   dictionary
 *  block size  0  4..7 = 64 KiB, 256 KiB, 1 MiB, 4 MiB  0000
 * </pre>
 *
 * Numbers are little endian; checksums are xxHash32, the header's is its second byte.
 */
final class Lz4Codec implements Codec {

    private static final String NAME = "lz4";
    private static final int MAGIC = 0x184d2204;
    private static final int MAX_HEADER_BYTES = 15;
    private static final int STORED = 1 << 31;

    private static final int VERSION_MASK = 0b1100_0000;
    private static final int VERSION_1 = 0b0100_0000;
    private static final int INDEPENDENT = 1 << 5;
    private static final int BLOCK_CHECKSUMS = 1 << 4;
    private static final int CONTENT_SIZE = 1 << 3;
    private static final int CONTENT_CHECKSUM = 1 << 2;
    private static final int REFUSED = 0b11;

    private static final int WRITTEN_FLAGS = VERSION_1 | INDEPENDENT;
    private static final int WRITTEN_BLOCK_SIZE = 4;

    /** The best that the format can do: a byte of match length stands for 255 bytes. */
    private static final int MAX_RATIO = 255;

    private final LZ4Compressor compressor = LZ4Factory.fastestInstance().fastCompressor();
    private final LZ4SafeDecompressor decompressor =
            LZ4Factory.fastestInstance().safeDecompressor();
    private final XXHash32 hash = XXHashFactory.fastestInstance().hash32();

    private record Frame(int flags, int blockBytes, long contentBytes) {
        boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    @Override
    public void compress(ByteBuffer source, ByteBuf target) {
        target.ensureWritable(MAX_HEADER_BYTES);
        target.writeIntLE(MAGIC);
        int descriptor = target.writerIndex();
        target.writeByte(WRITTEN_FLAGS).writeByte(WRITTEN_BLOCK_SIZE << 4);
        target.writeByte(headerChecksum(target.nioBuffer(descriptor, 2), 0, 2));
        int blockBytes = blockBytes(WRITTEN_BLOCK_SIZE);
        int end = source.limit();
        for (int position = source.position(); position < end; position += blockBytes) {
            compressBlock(source, position, Math.min(blockBytes, end - position), target);
        }
        source.position(end);
        target.writeIntLE(0);
    }

    private void compressBlock(ByteBuffer source, int position, int length, ByteBuf target) {
        int bound = compressor.maxCompressedLength(length);
        target.ensureWritable(Integer.BYTES + bound);
        int start = target.writerIndex() + Integer.BYTES;
        int compressed = compressor.compress(source, position, length, target.nioBuffer(start, bound), 0, bound);
        if (compressed >= length) {
            target.writeIntLE(length | STORED);
            target.writeBytes(source.slice(position, length));
        } else {
            target.writeIntLE(compressed);
            target.writerIndex(start + compressed);
        }
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuf target) {
        source.order(ByteOrder.LITTLE_ENDIAN);
        Frame frame = readHeader(source, target.maxCapacity());
        while (true) {
            int word = readInt(source);
            if (word == 0) {
                break;
            }
            readBlock(source, frame, word, target);
        }
        checkContent(source, frame, target);
    }

    private Frame readHeader(ByteBuffer source, int maxBytes) {
        if (readInt(source) != MAGIC) {
            throw DecompressionException.malformed("not an lz4 frame");
        }
        int descriptor = source.position();
        requireBytes(source, 3);
        int flags = source.get() & 0xff;
        int blockSize = source.get() & 0xff;
        if ((flags & VERSION_MASK) != VERSION_1 || (flags & INDEPENDENT) == 0 || (flags & REFUSED) != 0) {
            throw DecompressionException.malformed("lz4 frame flags " + Integer.toBinaryString(flags)
                    + ": only version 1 with independent blocks and no dictionary is read");
        }
        if ((blockSize & 0b1000_1111) != 0 || blockSize >> 4 < 4) {
            throw DecompressionException.malformed("lz4 frame block size " + blockSize + " is not defined");
        }
        long contentBytes = readContentSize(source, flags, maxBytes);
        requireBytes(source, 1);
        int length = source.position() - descriptor;
        if (source.get() != headerChecksum(source, descriptor, length)) {
            throw DecompressionException.malformed("the header checksum of the lz4 frame is wrong");
        }
        return new Frame(flags, blockBytes(blockSize >> 4), contentBytes);
    }

    private static long readContentSize(ByteBuffer source, int flags, int maxBytes) {
        if ((flags & CONTENT_SIZE) == 0) {
            return -1;
        }
        requireBytes(source, Long.BYTES);
        long contentBytes = source.getLong();
        if (contentBytes < 0 || contentBytes > maxBytes) {
            throw DecompressionException.tooLarge(NAME, maxBytes);
        }
        return contentBytes;
    }

    private void readBlock(ByteBuffer source, Frame frame, int word, ByteBuf target) {
        int length = word & ~STORED;
        if (length > frame.blockBytes || length > source.remaining()) {
            throw DecompressionException.malformed(
                    "an lz4 block of " + length + " bytes where " + source.remaining() + " are left");
        }
        int position = source.position();
        if ((word & STORED) != 0) {
            Codec.reserve(target, length, NAME);
            target.writeBytes(source.slice(position, length));
        } else {
            decompressBlock(source, length, frame, target);
        }
        source.position(position + length);
        if (frame.has(BLOCK_CHECKSUMS) && readInt(source) != hash.hash(source, position, length, 0)) {
            throw DecompressionException.malformed("the checksum of an lz4 block is wrong");
        }
    }

    private void decompressBlock(ByteBuffer source, int length, Frame frame, ByteBuf target) {
        int most = (int) Math.min(frame.blockBytes, (long) MAX_RATIO * length);
        int room = Math.min(most, target.maxWritableBytes());
        target.ensureWritable(room);
        try {
            ByteBuffer into = target.nioBuffer(target.writerIndex(), room);
            int written = decompressor.decompress(source, source.position(), length, into, 0, room);
            target.writerIndex(target.writerIndex() + written);
        } catch (LZ4Exception e) {
            if (room < most) {
                throw DecompressionException.tooLarge(NAME, target.maxCapacity());
            }
            throw DecompressionException.malformed("bad lz4 data", e);
        }
    }

    private void checkContent(ByteBuffer source, Frame frame, ByteBuf target) {
        int size = target.writerIndex();
        if (frame.contentBytes >= 0 && frame.contentBytes != size) {
            throw DecompressionException.malformed(
                    "the lz4 frame declares " + frame.contentBytes + " bytes and holds " + size);
        }
        if (frame.has(CONTENT_CHECKSUM) && readInt(source) != hash.hash(target.nioBuffer(0, size), 0, size, 0)) {
            throw DecompressionException.malformed("the content checksum of the lz4 frame is wrong");
        }
        if (source.hasRemaining()) {
            throw DecompressionException.malformed(source.remaining() + " bytes follow the lz4 frame");
        }
    }

    private byte headerChecksum(ByteBuffer buffer, int offset, int length) {
        return (byte) (hash.hash(buffer, offset, length, 0) >> 8);
    }

    private static int blockBytes(int code) {
        return 1 << (2 * code + 8);
    }

    private static int readInt(ByteBuffer source) {
        requireBytes(source, Integer.BYTES);
        return source.getInt();
    }

    private static void requireBytes(ByteBuffer source, int bytes) {
        if (source.remaining() < bytes) {
            throw DecompressionException.malformed("the lz4 frame ends early");
        }
    }
}
