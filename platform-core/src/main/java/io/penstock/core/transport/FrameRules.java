package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.SetupFrameCodec;
import org.jspecify.annotations.Nullable;

/**
 * What frames may come on a connection of ours, and what must be in them: RSocket 1.0 without resumption, lease,
 * fragments, extensions and requests of the server. RSocket Java answers most of what is excluded here with an exception
 * that nobody catches. Belongs to one connection and its event loop.
 */
final class FrameRules {

    /** Stream id, type and flags. */
    static final int HEADER_BYTES = Integer.BYTES + Short.BYTES;

    private static final int TYPE_SHIFT = 10;
    private static final int METADATA_LENGTH_BYTES = 3;
    private static final int SETUP_FIXED_BYTES = 3 * Integer.BYTES;
    private static final @Nullable FrameType[] TYPES = new @Nullable FrameType[64];

    static {
        for (FrameType type : FrameType.values()) {
            // NEXT and COMPLETE are RSocket Java's names for flags of PAYLOAD, without a number of their own
            if (type.getEncodedType() > 0 && type.getEncodedType() < TYPES.length) {
                TYPES[type.getEncodedType()] = type;
            }
        }
    }

    private final boolean isServer;
    private boolean expectsSetup;

    private FrameRules(boolean isServer) {
        this.isServer = isServer;
        this.expectsSetup = isServer;
    }

    /** For what a client sends: SETUP first. */
    static FrameRules ofServer() {
        return new FrameRules(true);
    }

    /** For what a server sends. */
    static FrameRules ofClient() {
        return new FrameRules(false);
    }

    /** Notes that a frame was without a flaw. */
    void accepted() {
        expectsSetup = false;
    }

    /** A flaw, and what may be behind it. */
    String suspect(String flaw) {
        return expectsSetup ? flaw + ", or this is not RSocket" : flaw;
    }

    /** What is wrong with the header that begins at an index, or null. */
    @Nullable
    String flawOfHeader(ByteBuf bytes, int index) {
        int streamId = bytes.getInt(index);
        int typeAndFlags = bytes.getUnsignedShort(index + Integer.BYTES);
        FrameType type = typeOf(typeAndFlags);
        if (type == null) {
            return "frame type " + (typeAndFlags >>> TYPE_SHIFT) + " is unknown";
        }
        if (streamId < 0) {
            return "stream id " + streamId + " is negative";
        }
        boolean isFirst = type == FrameType.SETUP || type == FrameType.RESUME;
        if (expectsSetup) {
            return isFirst && streamId == 0
                    ? null
                    : "the first frame is " + type + " on stream " + streamId + ", not SETUP";
        }
        return switch (type) {
            case SETUP, RESUME, RESUME_OK, LEASE, EXT -> type + " on stream " + streamId + " is not spoken here";
            case KEEPALIVE, METADATA_PUSH -> streamId == 0 ? null : type + " on stream " + streamId + ", not 0";
            case ERROR -> streamId == 0 ? null : flawOfStreamId(type, streamId);
            case REQUEST_RESPONSE, REQUEST_FNF, REQUEST_STREAM, REQUEST_CHANNEL ->
                isServer ? flawOfBulk(type, streamId, typeAndFlags) : type + ": a server asks nothing of its clients";
            case PAYLOAD -> flawOfBulk(type, streamId, typeAndFlags);
            default -> flawOfStreamId(type, streamId);
        };
    }

    private static @Nullable FrameType typeOf(int typeAndFlags) {
        return TYPES[typeAndFlags >>> TYPE_SHIFT];
    }

    /** All streams are the client's. */
    private static @Nullable String flawOfStreamId(FrameType type, int streamId) {
        if (streamId == 0) {
            return type + " on stream 0";
        }
        return streamId % 2 == 0 ? type + " on stream " + streamId + ", which is even: clients open odd ones" : null;
    }

    private static @Nullable String flawOfBulk(FrameType type, int streamId, int typeAndFlags) {
        String flaw = flawOfStreamId(type, streamId);
        if (flaw != null) {
            return flaw;
        }
        if ((typeAndFlags & FrameHeaderCodec.FLAGS_F) != 0) {
            return "fragments are not supported, " + type + " on stream " + streamId + " is one";
        }
        if (type == FrameType.PAYLOAD && (typeAndFlags & (FrameHeaderCodec.FLAGS_N | FrameHeaderCodec.FLAGS_C)) == 0) {
            return "PAYLOAD on stream " + streamId + " is neither NEXT nor COMPLETE";
        }
        return null;
    }

    /** What is wrong with a whole frame whose header is right, or null. Reads nothing away. */
    @Nullable
    String flawOfBody(ByteBuf frame) {
        ByteBuf body = frame.slice(frame.readerIndex() + HEADER_BYTES, frame.readableBytes() - HEADER_BYTES);
        int typeAndFlags = frame.getUnsignedShort(frame.readerIndex() + Integer.BYTES);
        FrameType type = typeOf(typeAndFlags);
        assert type != null;
        String flaw = switch (type) {
            case SETUP -> flawOfSetup(body, typeAndFlags);
            case REQUEST_STREAM, REQUEST_CHANNEL -> firstOf(flawOfDemand(body), body, typeAndFlags);
            case REQUEST_RESPONSE, REQUEST_FNF, PAYLOAD -> flawOfMetadata(body, typeAndFlags);
            case REQUEST_N -> flawOfDemand(body);
            case KEEPALIVE -> tooShort(body, Long.BYTES);
            case ERROR -> tooShort(body, Integer.BYTES);
            default -> null;
        };
        return flaw == null ? null : type + " on stream " + frame.getInt(frame.readerIndex()) + ": " + flaw;
    }

    /** Version, times, resume token, MIME types. Whether they make sense is RSocket's to say. */
    private static @Nullable String flawOfSetup(ByteBuf body, int typeAndFlags) {
        String flaw = tooShort(body, SETUP_FIXED_BYTES);
        if (flaw != null) {
            return flaw;
        }
        body.skipBytes(Integer.BYTES);
        if (body.readInt() <= 0 || body.readInt() <= 0) {
            return "its keep-alive times are not positive";
        }
        boolean hasToken = (typeAndFlags & SetupFrameCodec.FLAGS_RESUME_ENABLE) != 0;
        boolean isWhole = (!hasToken || skip(body, Short.BYTES)) && skip(body, Byte.BYTES) && skip(body, Byte.BYTES);
        return isWhole ? flawOfMetadata(body, typeAndFlags) : "it ends within its resume token or MIME types";
    }

    /** Skips a text behind its length; false if it is not there. */
    private static boolean skip(ByteBuf body, int lengthBytes) {
        if (body.readableBytes() < lengthBytes) {
            return false;
        }
        int length = lengthBytes == Byte.BYTES ? body.readUnsignedByte() : body.readUnsignedShort();
        if (body.readableBytes() < length) {
            return false;
        }
        body.skipBytes(length);
        return true;
    }

    private static @Nullable String firstOf(@Nullable String flaw, ByteBuf body, int typeAndFlags) {
        return flaw != null ? flaw : flawOfMetadata(body, typeAndFlags);
    }

    private static @Nullable String tooShort(ByteBuf body, int neededBytes) {
        return body.readableBytes() >= neededBytes
                ? null
                : "it ends after " + body.readableBytes() + " of " + neededBytes + " bytes";
    }

    private static @Nullable String flawOfDemand(ByteBuf body) {
        String flaw = tooShort(body, Integer.BYTES);
        if (flaw != null) {
            return flaw;
        }
        int demand = body.readInt();
        return demand > 0 ? null : "a demand of " + demand;
    }

    private static @Nullable String flawOfMetadata(ByteBuf body, int typeAndFlags) {
        if ((typeAndFlags & FrameHeaderCodec.FLAGS_M) == 0) {
            return null;
        }
        String flaw = tooShort(body, METADATA_LENGTH_BYTES);
        if (flaw != null) {
            return flaw;
        }
        int length = body.readUnsignedMedium();
        return length <= body.readableBytes()
                ? null
                : "metadata of " + length + " bytes in the " + body.readableBytes() + " that are left of it";
    }
}
