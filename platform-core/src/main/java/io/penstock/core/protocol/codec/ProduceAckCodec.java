package io.penstock.core.protocol.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import java.nio.charset.StandardCharsets;

/**
 * The elements that come down a produce channel. Big-endian.
 *
 * <pre>
 *   0 int8  outcome: 0 committed, 1 not written, 2 unknown
 *   1 int8  guarantee: 0 none, 1 leader, 2 replicated, 3 fsynced
 *   2 int16 error
 *   4 int32 correlation
 *   8 int64 base offset, or -1
 *  16 int64 append time in ms, or -1
 *  24 int64 log start offset, or -1
 *  32 int32 index of the refused record, or -1
 *  36 ...   the message in UTF-8, if there is an error
 * </pre>
 */
public final class ProduceAckCodec {

    private static final int HEADER_BYTES = 36;
    private static final Outcome[] OUTCOMES = Outcome.values();

    private ProduceAckCodec() {}

    /** Writes an answer into a new direct buffer that the caller owns. */
    public static ByteBuf encode(ByteBufAllocator allocator, ProduceAck ack) {
        byte[] message = ack.message().getBytes(StandardCharsets.UTF_8);
        return allocator
                .directBuffer(HEADER_BYTES + message.length)
                .writeByte(ack.outcome().ordinal())
                .writeByte(ack.guarantee().wireValue())
                .writeShort(ack.error().number())
                .writeInt(ack.correlation())
                .writeLong(ack.baseOffset())
                .writeLong(ack.appendTimeMs())
                .writeLong(ack.logStartOffset())
                .writeInt(ack.recordIndex())
                .writeBytes(message);
    }

    /**
     * Reads an answer; the buffer stays the caller's.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_REQUEST} if the bytes are no answer
     */
    public static ProduceAck decode(ByteBuf ack) {
        int start = ack.readerIndex();
        int length = ack.readableBytes();
        if (length < HEADER_BYTES) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "a produce answer is cut off");
        }
        int outcome = ack.getByte(start);
        int guarantee = ack.getByte(start + 1);
        if (outcome < 0 || outcome >= OUTCOMES.length || guarantee < 0 || guarantee >= Guarantee.values().length) {
            throw new PenstockException(
                    ErrorCode.INVALID_REQUEST, "unknown outcome " + outcome + " or guarantee " + guarantee);
        }
        byte[] message = ByteBufUtil.getBytes(ack, start + HEADER_BYTES, length - HEADER_BYTES);
        return new ProduceAck(
                ack.getInt(start + 4),
                OUTCOMES[outcome],
                Guarantee.ofWireValue(guarantee),
                ErrorCode.ofNumber(ack.getShort(start + 2)),
                ack.getLong(start + 8),
                ack.getLong(start + 16),
                ack.getLong(start + 24),
                ack.getInt(start + 32),
                new String(message, StandardCharsets.UTF_8));
    }
}
