package io.penstock.cli.terminal;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Remembers the first failure to write, which a {@link java.io.PrintStream} keeps to itself. */
final class WatchedOutput extends FilterOutputStream {

    private volatile @Nullable IOException failure;

    WatchedOutput(OutputStream target) {
        super(target);
    }

    @Override
    public void write(int value) throws IOException {
        watched(() -> out.write(value));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        watched(() -> out.write(bytes, offset, length));
    }

    @Override
    public void flush() throws IOException {
        watched(out::flush);
    }

    /** The first failure, unless it was that the reader has gone: it has what it wanted. */
    @Nullable
    IOException failure() {
        IOException first = failure;
        return first == null || isReaderGone(first) ? null : first;
    }

    static boolean isReaderGone(IOException failure) {
        return String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("broken pipe");
    }

    private void watched(Writing writing) throws IOException {
        try {
            writing.run();
        } catch (IOException e) {
            if (failure == null) {
                failure = e;
            }
            throw e;
        }
    }

    private interface Writing {
        void run() throws IOException;
    }
}
