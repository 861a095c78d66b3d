package io.penstock.core.compression;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * Zstandard frames (RFC 8878): one is written, several are read.
 *
 * <p>A frame is decompressed in one call into its final place and, if it turns out to be larger than the room, again
 * into more room. The streaming interface would not need the second pass, but would allocate the window that the frame
 * declares, up to 128 MiB, out of our sight; this way the output buffer is the only memory, and its limit the only one.
 */
final class ZstdCodec implements Codec {

    private static final String NAME = "zstd";

    private final Recycler<ZstdCompressCtx> compressors =
            new Recycler<>(ZstdCompressCtx::new, context -> {}, ZstdCompressCtx::close);
    private final Recycler<ZstdDecompressCtx> decompressors =
            new Recycler<>(ZstdDecompressCtx::new, context -> {}, ZstdDecompressCtx::close);

    @Override
    public void compress(ByteBuffer source, ByteBuf target) {
        int bound = Math.toIntExact(Zstd.compressBound(source.remaining()));
        target.ensureWritable(bound);
        int start = target.writerIndex();
        ZstdCompressCtx context = compressors.take();
        try {
            int length = context.compressDirectByteBuffer(
                    target.nioBuffer(start, bound), 0, bound, source, source.position(), source.remaining());
            target.writerIndex(start + length);
        } finally {
            compressors.giveBack(context);
        }
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuf target) {
        reserveDeclared(source, target);
        ZstdDecompressCtx context = decompressors.take();
        try {
            while (!fits(context, source, target)) {
                Codec.grow(target, NAME);
            }
        } finally {
            decompressors.giveBack(context);
        }
    }

    private static void reserveDeclared(ByteBuffer source, ByteBuf target) {
        long declared = Zstd.getDirectByteBufferFrameContentSize(source, source.position(), source.remaining());
        if (declared > target.maxCapacity()) {
            throw DecompressionException.tooLarge(NAME, target.maxCapacity());
        }
        if (declared > 0) {
            target.ensureWritable((int) declared);
        }
    }

    private static boolean fits(ZstdDecompressCtx context, ByteBuffer source, ByteBuf target) {
        try {
            ByteBuffer room = Codec.room(target);
            int written = context.decompressDirectByteBuffer(
                    room, 0, room.remaining(), source, source.position(), source.remaining());
            target.writerIndex(written);
            return true;
        } catch (ZstdException e) {
            if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
                return false;
            }
            throw DecompressionException.malformed("bad zstd data", e);
        }
    }
}
