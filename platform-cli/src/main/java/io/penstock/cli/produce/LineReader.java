package io.penstock.cli.produce;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a stream as the bytes that they are, without the {@code \n} (or {@code \r\n}) at their ends; the last one
 * need not have one. What has been read is given at once, so that a person who types sees each line go. Not
 * thread-safe.
 */
final class LineReader {

    private static final int BUFFER_BYTES = 64 * 1024;
    /** No line of a file of lines; how much longer it is can't be waited for. */
    private static final int MAX_COUNTED = 256 << 20;

    private final InputStream source;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private int position;
    private int end;

    /** @param maxBytes the longest line that is taken */
    LineReader(InputStream source, int maxBytes) {
        this.source = source;
        this.maxBytes = maxBytes;
    }

    /**
     * Blocks for the next line.
     *
     * @return null at the end
     * @throws LongLineException if the line is too long; it has been read to its end then, or as far as
     *     {@value #MAX_COUNTED} bytes
     * @throws IOException from the stream
     */
    byte @Nullable [] next() throws IOException {
        while (fill()) {
            int newLine = indexOfNewLine();
            int stop = newLine < 0 ? end : newLine;
            begin(stop);
            position = newLine < 0 ? end : newLine + 1;
            if (newLine >= 0) {
                return withoutCarriageReturn(takeBegun());
            }
        }
        return begun.size() == 0 ? null : takeBegun();
    }

    private boolean fill() throws IOException {
        if (position < end) {
            return true;
        }
        position = 0;
        end = Math.max(0, source.read(buffer));
        return end > 0;
    }

    private int indexOfNewLine() {
        for (int i = position; i < end; i++) {
            if (buffer[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void begin(int stop) throws IOException {
        int more = stop - position;
        if ((long) begun.size() + more > maxBytes) {
            throw new LongLineException(sizeOfLongLine(), maxBytes);
        }
        begun.write(buffer, position, more);
    }

    private String sizeOfLongLine() throws IOException {
        long size = begun.size();
        do {
            int newLine = indexOfNewLine();
            size += (newLine < 0 ? end : newLine) - position;
            position = newLine < 0 ? end : newLine;
        } while (position == end && size <= MAX_COUNTED && fill());
        return size > MAX_COUNTED ? "more than " + MAX_COUNTED : String.valueOf(size);
    }

    private byte[] takeBegun() {
        byte[] line = begun.toByteArray();
        begun.reset();
        return line;
    }

    private static byte[] withoutCarriageReturn(byte[] line) {
        boolean has = line.length > 0 && line[line.length - 1] == '\r';
        return has ? Arrays.copyOf(line, line.length - 1) : line;
    }
}
