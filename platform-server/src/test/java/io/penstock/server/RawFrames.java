package io.penstock.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.penstock.core.transport.TransportClient;
import io.rsocket.Payload;
import io.rsocket.frame.FrameLengthCodec;
import io.rsocket.frame.RequestChannelFrameCodec;
import io.rsocket.frame.RequestNFrameCodec;
import io.rsocket.frame.RequestStreamFrameCodec;
import io.rsocket.frame.SetupFrameCodec;
import io.rsocket.util.EmptyPayload;

/** RSocket frames in a row, as they go over TCP, for a peer that sends what no requester would. */
final class RawFrames {

    private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;

    private final ByteBuf bytes = ALLOCATOR.buffer();

    RawFrames setup() {
        return add(SetupFrameCodec.encode(
                ALLOCATOR,
                false,
                20_000,
                90_000,
                TransportClient.METADATA_MIME_TYPE,
                TransportClient.DATA_MIME_TYPE,
                EmptyPayload.INSTANCE));
    }

    /** Opens a stream with a demand of one. */
    RawFrames stream(int streamId, Payload opener) {
        return add(RequestStreamFrameCodec.encodeReleasingPayload(ALLOCATOR, streamId, 1, opener));
    }

    /** Opens a channel with a demand of one. */
    RawFrames channel(int streamId, Payload opener) {
        return add(RequestChannelFrameCodec.encodeReleasingPayload(ALLOCATOR, streamId, false, 1, opener));
    }

    RawFrames demand(int streamId, int elements) {
        return add(RequestNFrameCodec.encode(ALLOCATOR, streamId, elements));
    }

    private RawFrames add(ByteBuf frame) {
        ByteBuf whole = FrameLengthCodec.encode(ALLOCATOR, frame.readableBytes(), frame);
        bytes.writeBytes(whole);
        whole.release();
        return this;
    }

    byte[] bytesAndRelease() {
        try {
            return ByteBufUtil.getBytes(bytes);
        } finally {
            bytes.release();
        }
    }
}
