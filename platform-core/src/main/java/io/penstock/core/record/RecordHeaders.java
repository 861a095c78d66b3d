package io.penstock.core.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a record in their order; names may repeat. Immutable. The encoded size is computed once, so that the
 * same headers on many records cost nothing to size.
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
    int write(ByteBuf buffer, int start) {
        int index = Varints.writeInt(buffer, start, headers.size());
        for (int i = 0; i < headers.size(); i++) {
            index = write(headers.get(i), buffer, index);
        }
        return index;
    }

    private static int write(RecordHeader header, ByteBuf buffer, int start) {
        int keyBytes = ByteBufUtil.utf8Bytes(header.key());
        int index = Varints.writeInt(buffer, start, keyBytes);
        buffer.writerIndex(index);
        index += ByteBufUtil.reserveAndWriteUtf8(buffer, header.key(), keyBytes);
        byte[] value = header.value();
        if (value == null) {
            return Varints.writeInt(buffer, index, -1);
        }
        index = Varints.writeInt(buffer, index, value.length);
        buffer.setBytes(index, value);
        return index + value.length;
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
