package io.penstock.core.record;

import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a record in their order; names may repeat. Immutable. They are encoded once, so that the same
 * headers on many records cost a copy.
 *
 * <pre>
 *  count varint   { key length varint   key UTF-8   value length varint, −1 for null   value }*
 * </pre>
 */
public final class RecordHeaders implements Iterable<RecordHeader> {

    /** No headers. */
    public static final RecordHeaders EMPTY = new RecordHeaders(List.of());

    private final List<RecordHeader> headers;
    private final int encodedBytes;
    private byte @Nullable [] encoded;

    private RecordHeaders(List<RecordHeader> headers) {
        this.headers = headers;
        this.encodedBytes = encodedBytes(headers);
    }

    /** Headers in the order given. */
    public static RecordHeaders of(RecordHeader... headers) {
        return of(List.of(headers));
    }

    /** Headers in the order given. */
    public static RecordHeaders of(List<RecordHeader> headers) {
        return headers.isEmpty() ? EMPTY : new RecordHeaders(List.copyOf(headers));
    }

    /** These headers and one more. */
    public RecordHeaders add(String key, byte @Nullable [] value) {
        List<RecordHeader> more = new ArrayList<>(headers.size() + 1);
        more.addAll(headers);
        more.add(new RecordHeader(key, value));
        return of(more);
    }

    public int size() {
        return headers.size();
    }

    public boolean isEmpty() {
        return headers.isEmpty();
    }

    /** The header at a position, from 0. */
    public RecordHeader get(int position) {
        return headers.get(position);
    }

    /** The last header of a name, or null. */
    public @Nullable RecordHeader last(String key) {
        for (int i = headers.size() - 1; i >= 0; i--) {
            if (headers.get(i).key().equals(key)) {
                return headers.get(i);
            }
        }
        return null;
    }

    @Override
    public Iterator<RecordHeader> iterator() {
        return headers.iterator();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RecordHeaders that && headers.equals(that.headers);
    }

    @Override
    public int hashCode() {
        return headers.hashCode();
    }

    @Override
    public String toString() {
        return headers.toString();
    }

    /** The bytes that they take in a record, with their count. */
    int encodedBytes() {
        return encodedBytes;
    }

    /** Writes them, and returns the index after; there must be room for {@link #encodedBytes()}. */
    int write(ByteBuffer buffer, int start) {
        buffer.put(start, encoded());
        return start + encodedBytes;
    }

    /** Computed when they are written first; if two threads do so at once, both compute the same. */
    private byte[] encoded() {
        byte[] known = encoded;
        if (known == null) {
            known = new byte[encodedBytes];
            ByteBuffer target = ByteBuffer.wrap(known);
            int index = Varints.writeInt(target, 0, headers.size());
            for (RecordHeader header : headers) {
                index = write(header, target, index);
            }
            encoded = known;
        }
        return known;
    }

    private static int write(RecordHeader header, ByteBuffer buffer, int start) {
        int index = write(header.key().getBytes(StandardCharsets.UTF_8), buffer, start);
        byte[] value = header.value();
        return value == null ? Varints.writeInt(buffer, index, -1) : write(value, buffer, index);
    }

    private static int write(byte[] bytes, ByteBuffer buffer, int start) {
        int index = Varints.writeInt(buffer, start, bytes.length);
        buffer.put(index, bytes);
        return index + bytes.length;
    }

    private static int encodedBytes(List<RecordHeader> headers) {
        long bytes = Varints.sizeOfInt(headers.size());
        for (RecordHeader header : headers) {
            int keyBytes = ByteBufUtil.utf8Bytes(header.key());
            byte[] value = header.value();
            bytes += Varints.sizeOfInt(keyBytes) + keyBytes;
            bytes += value == null ? 1 : Varints.sizeOfInt(value.length) + value.length;
        }
        return Math.toIntExact(bytes);
    }
}
