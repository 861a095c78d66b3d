package io.penstock.core.protocol.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.FetchEnd;
import io.penstock.core.protocol.FetchHeader;
import java.nio.charset.StandardCharsets;

/**
 * The elements of a fetch stream. Big-endian.
 *
 * <pre>
 *   0 int8  kind: 0 batches, 1 end
 *   1 int8  0
 *   2 int16 error
 *   4 int32 leader epoch
 *   8 int64 high watermark
 *  16 int64 last stable offset
 *  24 int64 log start offset
 *  32 int64 next offset
 *  40 ...   kind 0: whole batches, or none; kind 1: int32 leader, then the message in UTF-8
 * </pre>
 */
public final class FetchElementCodec {

    /** The header's size in bytes. */
    public static final int HEADER_BYTES = 40;

    private static final int KIND_BATCHES = 0;
    private static final int KIND_END = 1;

    private FetchElementCodec() {}

    /** Writes the header into the first {@link #HEADER_BYTES} bytes of an element whose batches are there already. */
    public static void setHeader(ByteBuf element, FetchHeader header) {
        int start = element.readerIndex();
        element.setByte(start, header.isEnd() ? KIND_END : KIND_BATCHES);
        element.setByte(start + 1, 0);
        element.setShort(start + 2, header.error().number());
        element.setInt(start + 4, header.leaderEpoch());
        element.setLong(start + 8, header.highWatermark());
        element.setLong(start + 16, header.lastStableOffset());
        element.setLong(start + 24, header.logStartOffset());
        element.setLong(start + 32, header.nextOffset());
    }

    /** Makes an element without batches, whose header is still to be set; the caller owns the buffer. */
    public static ByteBuf newEmpty(ByteBufAllocator allocator) {
        return allocator.directBuffer(HEADER_BYTES).writeZero(HEADER_BYTES);
    }

    /** Makes the last element of a stream; the caller owns the buffer. */
    public static ByteBuf encodeEnd(ByteBufAllocator allocator, FetchHeader header, FetchEnd end) {
        byte[] message = end.message().getBytes(StandardCharsets.UTF_8);
        ByteBuf element = allocator.directBuffer(HEADER_BYTES + Integer.BYTES + message.length);
        setHeader(element, header);
        element.writerIndex(HEADER_BYTES);
        return element.writeInt(end.leader()).writeBytes(message);
    }

    /**
     * Reads the header; the batches begin {@link #HEADER_BYTES} after the reader index, which stays.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_REQUEST} if there is no such header
     */
    public static FetchHeader decodeHeader(ByteBuf element) {
        int start = element.readerIndex();
        if (element.readableBytes() < HEADER_BYTES) {
            throw new PenstockException(
                    ErrorCode.INVALID_REQUEST,
                    "a fetch element has at least " + HEADER_BYTES + " bytes, this one " + element.readableBytes());
        }
        int kind = element.getByte(start);
        if (kind != KIND_BATCHES && kind != KIND_END) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "unknown kind of fetch element: " + kind);
        }
        return new FetchHeader(
                kind == KIND_END,
                ErrorCode.ofNumber(element.getShort(start + 2)),
                element.getInt(start + 4),
                element.getLong(start + 8),
                element.getLong(start + 16),
                element.getLong(start + 24),
                element.getLong(start + 32));
    }

    /** Reads what follows the header of a last element. */
    public static FetchEnd decodeEnd(ByteBuf element) {
        int start = element.readerIndex() + HEADER_BYTES;
        int length = element.writerIndex() - start;
        if (length < Integer.BYTES) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "the end of a fetch stream is cut off");
        }
        byte[] message = ByteBufUtil.getBytes(element, start + Integer.BYTES, length - Integer.BYTES);
        return new FetchEnd(element.getInt(start), new String(message, StandardCharsets.UTF_8));
    }
}
