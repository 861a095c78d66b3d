package io.penstock.core.protocol.codec;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.ProduceHeader;
import java.util.UUID;

/**
 * The elements that go up a produce channel. Big-endian.
 *
 * <pre>
 *   0 int8  kind: 0 batch
 *   1 int8  0
 *   2 int16 0
 *   4 int32 correlation
 *   8 int64 topic id, upper half
 *  16 int64 topic id, lower half
 *  24 int32 partition
 *  28 int32 leader epoch, or -1
 *  32 ...   exactly one record batch
 * </pre>
 */
public final class ProduceElementCodec {

    /** The header's size in bytes. */
    public static final int HEADER_BYTES = 32;

    private static final int KIND_BATCH = 0;

    private ProduceElementCodec() {}

    /** Writes the header into the first {@link #HEADER_BYTES} bytes of an element whose batch is there already. */
    public static void setHeader(ByteBuf element, ProduceHeader header) {
        int start = element.readerIndex();
        element.setInt(start, KIND_BATCH << 24);
        element.setInt(start + 4, header.correlation());
        element.setLong(start + 8, header.topicId().getMostSignificantBits());
        element.setLong(start + 16, header.topicId().getLeastSignificantBits());
        element.setInt(start + 24, header.partition());
        element.setInt(start + 28, header.leaderEpoch());
    }

    /**
     * Reads the header; the batch begins {@link #HEADER_BYTES} after the reader index, which stays.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_REQUEST} if there is no such header
     */
    public static ProduceHeader decodeHeader(ByteBuf element) {
        int start = element.readerIndex();
        if (element.readableBytes() < HEADER_BYTES) {
            throw new PenstockException(
                    ErrorCode.INVALID_REQUEST,
                    "a produce element has at least " + HEADER_BYTES + " bytes, this one " + element.readableBytes());
        }
        int kind = element.getByte(start);
        if (kind != KIND_BATCH) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "unknown kind of produce element: " + kind);
        }
        return new ProduceHeader(
                element.getInt(start + 4),
                new UUID(element.getLong(start + 8), element.getLong(start + 16)),
                element.getInt(start + 24),
                element.getInt(start + 28));
    }
}
