package io.penstock.core.protocol.codec;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.OffsetRanges;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The offsets beyond a committed one that are finished, as they are committed with it: for each range in order
 *
 * <pre>
 *   uvarint offsets that are not finished since the end of the range before, or since the committed offset; 1 or more
 *   uvarint offsets in the range; 1 or more
 * </pre>
 *
 * where a uvarint has seven bits a byte, the low ones first, and the high bit on all but the last byte.
 */
public final class FinishedRanges {

    /** The most bytes that a range takes. */
    public static final int MAX_RANGE_BYTES = 18;

    private FinishedRanges() {}

    /**
     * How many bytes ranges take, however many that are.
     *
     * @param committed the offset that is committed with them; ranges lie behind it
     */
    public static long sizeOf(OffsetRanges ranges, long committed) {
        Sizer sizer = new Sizer(committed);
        ranges.forEach(sizer);
        return sizer.bytes;
    }

    private static int size(long value) {
        return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
    }

    private static final class Sizer implements OffsetRanges.Visitor {

        private long end;
        private long bytes;

        Sizer(long committed) {
            this.end = committed;
        }

        @Override
        public void range(long from, long to) {
            bytes += size(from - end) + size(to - from);
            end = to;
        }
    }

    /**
     * Encodes as many ranges as there is room for, the lowest first: what is left out is delivered again after a crash.
     *
     * @param committed the offset that is committed with them; ranges lie behind it
     * @return null for no range
     */
    public static byte @Nullable [] encode(OffsetRanges ranges, long committed, int maxBytes) {
        Writer writer = new Writer(committed, maxBytes);
        ranges.forEach(writer);
        return writer.bytes.size() == 0 ? null : writer.bytes.toByteArray();
    }

    /**
     * Decodes ranges.
     *
     * @param encoded null for none
     * @throws PenstockException with {@code INVALID_REQUEST} if it can't be read
     */
    public static OffsetRanges decode(byte @Nullable [] encoded, long committed) {
        OffsetRanges ranges = new OffsetRanges();
        if (encoded != null) {
            Reader reader = new Reader(encoded);
            long end = committed;
            while (reader.index < encoded.length) {
                long from = plus(end, reader.read());
                end = plus(from, reader.read());
                ranges.add(from, end);
            }
        }
        return ranges;
    }

    private static long plus(long offset, long more) {
        if (more < 1 || offset > Long.MAX_VALUE - more) {
            throw invalid("a range begins or ends " + more + " after offset " + offset);
        }
        return offset + more;
    }

    private static PenstockException invalid(String why) {
        return new PenstockException(ErrorCode.INVALID_REQUEST, "finished ranges of offsets can't be read: " + why);
    }

    private static final class Writer implements OffsetRanges.Visitor {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final int maxBytes;
        private long end;
        private boolean isFull;

        Writer(long committed, int maxBytes) {
            this.end = committed;
            this.maxBytes = maxBytes;
        }

        @Override
        public void range(long from, long to) {
            isFull = isFull || bytes.size() + size(from - end) + size(to - from) > maxBytes;
            if (!isFull) {
                write(from - end);
                write(to - from);
                end = to;
            }
        }

        private void write(long value) {
            long rest = value;
            while (rest > 0x7F) {
                bytes.write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            bytes.write((int) rest);
        }
    }

    private static final class Reader {

        private static final int MAX_SHIFT = 56;

        private final byte[] bytes;
        private int index;

        Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        long read() {
            long value = 0;
            for (int shift = 0; shift <= MAX_SHIFT; shift += 7) {
                if (index == bytes.length) {
                    throw invalid("they end in the middle of a number");
                }
                byte next = bytes[index++];
                value |= (next & 0x7FL) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw invalid("a number has more than 63 bits");
        }
    }
}
