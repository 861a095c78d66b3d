package io.penstock.core.compression;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A gzip stream (RFC 1952): one member is written, several are read.
 *
 * <pre>
 *  1f 8b 08 flags(1) mtime(4) xfl(1) os(1) [extra] [name] [comment] [header crc]   deflate stream   crc32(4) size(4)
 * </pre>
 */
final class GzipCodec implements Codec {

    private static final String NAME = "gzip";
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final int TRAILER_BYTES = 8;
    private static final int MIN_ROOM = 512;

    private static final int HEADER_CRC = 1 << 1;
    private static final int EXTRA = 1 << 2;
    private static final int FILE_NAME = 1 << 3;
    private static final int COMMENT = 1 << 4;
    private static final int RESERVED = 0b1110_0000;

    private final Recycler<Deflater> deflaters =
            new Recycler<>(() -> new Deflater(Deflater.DEFAULT_COMPRESSION, true), Deflater::reset, Deflater::end);
    private final Recycler<Inflater> inflaters =
            new Recycler<>(() -> new Inflater(true), Inflater::reset, Inflater::end);

    @Override
    public void compress(ByteBuffer source, ByteBuf target) {
        CRC32 crc = new CRC32();
        crc.update(source.duplicate());
        int size = source.remaining();
        target.writeBytes(HEADER);
        Deflater deflater = deflaters.take();
        try {
            deflater.setInput(source);
            deflater.finish();
            while (!deflater.finished()) {
                target.ensureWritable(MIN_ROOM);
                target.writerIndex(target.writerIndex() + deflater.deflate(Codec.room(target)));
            }
        } finally {
            deflaters.giveBack(deflater);
        }
        target.writeIntLE((int) crc.getValue());
        target.writeIntLE(size);
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuf target) {
        source.order(ByteOrder.LITTLE_ENDIAN);
        Inflater inflater = inflaters.take();
        try {
            do {
                inflater.reset();
                skipHeader(source);
                int start = target.writerIndex();
                inflate(inflater, source, target);
                checkTrailer(source, target, start);
            } while (source.hasRemaining());
        } finally {
            inflaters.giveBack(inflater);
        }
    }

    private static void inflate(Inflater inflater, ByteBuffer source, ByteBuf target) {
        // one byte of room past the limit tells an output that just fits from one that does not
        ByteBuffer past = ByteBuffer.allocate(1);
        inflater.setInput(source);
        try {
            while (!inflater.finished()) {
                boolean full = target.maxWritableBytes() == 0;
                if (!full && !target.isWritable()) {
                    Codec.grow(target, NAME);
                }
                int written = inflater.inflate(full ? past : Codec.room(target));
                if (full && written > 0) {
                    throw DecompressionException.tooLarge(NAME, target.maxCapacity());
                }
                if (written == 0 && !inflater.finished() && (inflater.needsInput() || inflater.needsDictionary())) {
                    throw DecompressionException.malformed("the gzip stream ends early");
                }
                target.writerIndex(target.writerIndex() + written);
            }
        } catch (DataFormatException e) {
            throw DecompressionException.malformed("bad gzip data", e);
        }
    }

    private static void checkTrailer(ByteBuffer source, ByteBuf target, int start) {
        requireBytes(source, TRAILER_BYTES);
        int size = target.writerIndex() - start;
        CRC32 crc = new CRC32();
        crc.update(target.nioBuffer(start, size));
        if (source.getInt() != (int) crc.getValue() || source.getInt() != size) {
            throw DecompressionException.malformed("checksum or size of the gzip stream is wrong");
        }
    }

    private static void skipHeader(ByteBuffer source) {
        requireBytes(source, HEADER.length);
        boolean known = source.get() == HEADER[0] && source.get() == HEADER[1] && source.get() == HEADER[2];
        int flags = source.get() & 0xff;
        if (!known || (flags & RESERVED) != 0) {
            throw DecompressionException.malformed("not a gzip stream");
        }
        source.position(source.position() + 6);
        if ((flags & EXTRA) != 0) {
            requireBytes(source, 2);
            int length = source.getShort() & 0xffff;
            requireBytes(source, length);
            source.position(source.position() + length);
        }
        if ((flags & FILE_NAME) != 0) {
            skipText(source);
        }
        if ((flags & COMMENT) != 0) {
            skipText(source);
        }
        if ((flags & HEADER_CRC) != 0) {
            requireBytes(source, 2);
            source.getShort();
        }
    }

    private static void skipText(ByteBuffer source) {
        do {
            requireBytes(source, 1);
        } while (source.get() != 0);
    }

    private static void requireBytes(ByteBuffer source, int bytes) {
        if (source.remaining() < bytes) {
            throw DecompressionException.malformed("the gzip stream ends early");
        }
    }
}
