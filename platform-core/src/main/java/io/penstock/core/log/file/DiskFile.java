package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A {@link LogFile} on a {@link FileChannel}, whose own position is always the end of what was appended. */
final class DiskFile implements LogFile {

    private final Path path;
    private final FileChannel channel;
    private volatile long size;

    DiskFile(Path path) throws IOException {
        this.path = path;
        this.channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            this.size = channel.size();
            channel.position(size);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return path.getFileName().toString();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void append(ByteBuffer... buffers) throws IOException {
        long end = size;
        long missing = remaining(buffers);
        long written = 0;
        try {
            int first = 0;
            while (written < missing) {
                while (!buffers[first].hasRemaining()) {
                    first++;
                }
                written += channel.write(buffers, first, buffers.length - first);
            }
        } catch (IOException e) {
            takeBack(end, e);
            throw isFull(e, missing - written)
                    ? new NoSpaceException("no space left for " + missing + " bytes at the end of " + path, e)
                    : e;
        }
        size = end + written;
    }

    private static long remaining(ByteBuffer[] buffers) {
        long sum = 0;
        for (ByteBuffer buffer : buffers) {
            sum += buffer.remaining();
        }
        return sum;
    }

    private void takeBack(long end, IOException cause) {
        try {
            channel.position(end);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** The JDK has no type for a full device, and the text of its message follows the locale: ask the device too. */
    private boolean isFull(IOException e, long missing) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left") || message.contains("quota exceeded")) {
            return true;
        }
        try {
            return Files.getFileStore(path).getUsableSpace() < missing;
        } catch (IOException unknown) {
            e.addSuppressed(unknown);
            return false;
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int done = 0;
        while (target.hasRemaining()) {
            int read = channel.read(target, position + done);
            if (read < 0) {
                break;
            }
            done += read;
        }
        return done;
    }

    @Override
    public void force() throws IOException {
        // with metadata: the length of a file that grew is metadata
        channel.force(true);
    }

    @Override
    public void truncate(long newSize) throws IOException {
        long end = Math.min(newSize, size);
        // first, so that nobody believes in bytes that go away
        size = end;
        channel.truncate(end);
        channel.position(end);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
