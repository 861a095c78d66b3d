package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.rsocket.frame.CancelFrameCodec;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.KeepAliveFrameCodec;
import io.rsocket.frame.LeaseFrameCodec;
import io.rsocket.frame.MetadataPushFrameCodec;
import io.rsocket.frame.PayloadFrameCodec;
import io.rsocket.frame.RequestChannelFrameCodec;
import io.rsocket.frame.RequestFireAndForgetFrameCodec;
import io.rsocket.frame.RequestNFrameCodec;
import io.rsocket.frame.RequestResponseFrameCodec;
import io.rsocket.frame.RequestStreamFrameCodec;
import io.rsocket.frame.SetupFrameCodec;
import io.rsocket.util.EmptyPayload;
import java.util.Random;

/** Frames as no good peer sends them: right ones of all kinds on any stream, some of them damaged. From one seed. */
public final class MutatedFrames {

    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    private final Random random;

    public MutatedFrames(long seed) {
        random = new Random(seed);
    }

    /** A SETUP that is right. */
    public static byte[] setup() {
        return wire(SetupFrameCodec.encode(
                ALLOCATOR,
                false,
                20_000,
                90_000,
                TransportClient.METADATA_MIME_TYPE,
                TransportClient.DATA_MIME_TYPE,
                EmptyPayload.INSTANCE));
    }

    /** A frame behind its length. */
    public byte[] next() {
        byte[] frame = wire(frame());
        int kind = random.nextInt(4);
        if (kind == 0) {
            flipBits(frame);
        } else if (kind == 1) {
            return cut(frame);
        }
        return frame;
    }

    /** A SETUP, mostly damaged. */
    public byte[] nextSetup() {
        byte[] frame = setup();
        if (random.nextBoolean()) {
            flipBits(frame);
        }
        return random.nextBoolean() ? cut(frame) : frame;
    }

    /** Never the length, which would make an unfinished frame of it. */
    private void flipBits(byte[] frame) {
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
            frame[3 + random.nextInt(frame.length - 3)] ^= (byte) (1 << random.nextInt(8));
        }
    }

    /** A shorter frame that says how short it is. */
    private byte[] cut(byte[] frame) {
        int length = random.nextInt(frame.length - 3);
        return ByteBufUtil.getBytes(Unpooled.buffer().writeMedium(length).writeBytes(frame, 3, length));
    }

    private ByteBuf frame() {
        int streamId = random.nextInt(4) == 0 ? random.nextInt(5) : 2 * random.nextInt(3) + 1;
        ByteBuf metadata = random.nextBoolean() ? null : bytes();
        int demand = random.nextInt(3) == 0 ? 0x7FFF_FFFF : 1 + random.nextInt(5);
        return switch (random.nextInt(12)) {
            case 0 -> KeepAliveFrameCodec.encode(ALLOCATOR, random.nextBoolean(), 0, bytes());
            case 1 -> LeaseFrameCodec.encode(ALLOCATOR, 1_000, 10, metadata);
            case 2 -> MetadataPushFrameCodec.encode(ALLOCATOR, bytes());
            case 3 -> ErrorFrameCodec.encode(ALLOCATOR, streamId, new IllegalStateException("of the test"));
            case 4 -> CancelFrameCodec.encode(ALLOCATOR, streamId);
            case 5 -> RequestNFrameCodec.encode(ALLOCATOR, streamId, demand);
            case 6 -> RequestResponseFrameCodec.encode(ALLOCATOR, streamId, false, metadata, bytes());
            case 7 -> RequestFireAndForgetFrameCodec.encode(ALLOCATOR, streamId, false, metadata, bytes());
            case 8 -> RequestStreamFrameCodec.encode(ALLOCATOR, streamId, false, demand, metadata, bytes());
            case 9 ->
                RequestChannelFrameCodec.encode(
                        ALLOCATOR, streamId, false, random.nextBoolean(), demand, metadata, bytes());
            case 10 ->
                PayloadFrameCodec.encode(
                        ALLOCATOR, streamId, false, random.nextBoolean(), random.nextBoolean(), metadata, bytes());
            default -> Unpooled.wrappedBuffer(setup()).skipBytes(3);
        };
    }

    private ByteBuf bytes() {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    private static byte[] wire(ByteBuf frame) {
        byte[] bytes = ByteBufUtil.getBytes(
                Unpooled.buffer().writeMedium(frame.readableBytes()).writeBytes(frame));
        frame.release();
        return bytes;
    }
}
