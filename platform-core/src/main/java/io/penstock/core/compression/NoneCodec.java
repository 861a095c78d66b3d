package io.penstock.core.compression;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** Bytes as they are. */
final class NoneCodec implements Codec {

    @Override
    public void compress(ByteBuffer source, ByteBuf target) {
        target.writeBytes(source);
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuf target) {
        Codec.reserve(target, source.remaining(), "uncompressed");
        target.writeBytes(source);
    }
}
