package io.penstock.core.transport;

import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What RSocket's frame header may say on a connection of ours. */
final class FrameRules {

    private static final int TYPE_SHIFT = 10;
    private static final Set<FrameType> MAY_FOLLOW = EnumSet.of(
            FrameType.REQUEST_RESPONSE,
            FrameType.REQUEST_FNF,
            FrameType.REQUEST_STREAM,
            FrameType.REQUEST_CHANNEL,
            FrameType.PAYLOAD);
    private static final @Nullable FrameType[] TYPES = new @Nullable FrameType[64];

    static {
        for (FrameType type : FrameType.values()) {
            // NEXT and COMPLETE are RSocket Java's names for flags of PAYLOAD, without a number of their own
            if (type.getEncodedType() > 0 && type.getEncodedType() < TYPES.length) {
                TYPES[type.getEncodedType()] = type;
            }
        }
    }

    private FrameRules() {}

    /** What is wrong with a header, or null. */
    static @Nullable String flawOf(int streamId, int typeAndFlags, boolean expectsSetup) {
        FrameType type = TYPES[typeAndFlags >>> TYPE_SHIFT];
        if (type == null) {
            return "frame type " + (typeAndFlags >>> TYPE_SHIFT) + " is unknown";
        }
        if (expectsSetup && (type != FrameType.SETUP && type != FrameType.RESUME || streamId != 0)) {
            return "the first frame is " + type + " on stream " + streamId + ", not SETUP";
        }
        if (streamId < 0) {
            return "stream id " + streamId + " is negative";
        }
        if (MAY_FOLLOW.contains(type)) {
            return flawOfRequestOrPayload(type, streamId, typeAndFlags);
        }
        return null;
    }

    private static @Nullable String flawOfRequestOrPayload(FrameType type, int streamId, int typeAndFlags) {
        if (streamId == 0) {
            return type + " on stream 0";
        }
        if ((typeAndFlags & FrameHeaderCodec.FLAGS_F) != 0) {
            return "fragments are not supported, " + type + " on stream " + streamId + " is one";
        }
        if (type == FrameType.PAYLOAD && (typeAndFlags & (FrameHeaderCodec.FLAGS_N | FrameHeaderCodec.FLAGS_C)) == 0) {
            return "PAYLOAD on stream " + streamId + " is neither NEXT nor COMPLETE";
        }
        return null;
    }
}
