package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A directory as it would become: reads what a real one has, and keeps every change to itself. Whatever is done with it shows
 * what the same steps would do to the real directory, of which no byte is changed. What is written goes to a scratch
 * directory, nothing that is only cut is copied, and forcing does nothing. The real directory must not change meanwhile.
 * For one thread.
 */
public final class RehearsalDirectory implements LogDirectory {

    /** Where written bytes go, under names that no two files share. */
    private record Scratch(LogDirectory directory, AtomicLong names) {}

    private final String path;
    private final @Nullable LogDirectory real;
    private final Scratch scratch;
    private final Map<String, Content> files = new TreeMap<>();
    private final Map<String, RehearsalDirectory> children = new TreeMap<>();
    private boolean isListed;

    private RehearsalDirectory(String path, @Nullable LogDirectory real, Scratch scratch) {
        this.path = path;
        this.real = real;
        this.scratch = scratch;
    }

    /**
     * Begins a rehearsal.
     *
     * @param real is only read
     * @param scratch takes what is written; its owner removes it afterwards
     */
    public static RehearsalDirectory of(LogDirectory real, LogDirectory scratch) {
        return new RehearsalDirectory(real.path(), real, new Scratch(scratch, new AtomicLong()));
    }

    private void look() throws IOException {
        if (real == null || isListed) {
            return;
        }
        for (String name : real.list()) {
            files.put(name, new Content(real, name, scratch));
        }
        for (String name : real.children()) {
            children.put(name, new RehearsalDirectory(path + "/" + name, real.child(name), scratch));
        }
        isListed = true;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public LogFile open(String name) throws IOException {
        look();
        Content content = files.get(plain(name));
        if (content == null) {
            content = new Content(null, name, scratch);
            files.put(name, content);
        }
        content.acquire();
        return new RehearsedFile(name, content);
    }

    @Override
    public boolean exists(String name) throws IOException {
        look();
        return files.containsKey(plain(name));
    }

    @Override
    public List<String> list() throws IOException {
        look();
        return List.copyOf(files.keySet());
    }

    @Override
    public void rename(String from, String to) throws IOException {
        look();
        plain(to);
        Content file = files.remove(plain(from));
        RehearsalDirectory child = children.remove(from);
        if (file != null) {
            files.put(to, file);
        } else if (child != null) {
            children.put(to, child);
        } else {
            throw new NoSuchFileException(path + "/" + from);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        look();
        files.remove(plain(name));
    }

    @Override
    public void force() {}

    @Override
    public LogDirectory child(String name) throws IOException {
        look();
        return children.computeIfAbsent(
                plain(name), missing -> new RehearsalDirectory(path + "/" + missing, null, scratch));
    }

    @Override
    public List<String> children() throws IOException {
        look();
        return List.copyOf(children.keySet());
    }

    @Override
    public void deleteChild(String name) throws IOException {
        look();
        children.remove(plain(name));
    }

    private static String plain(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/") || name.contains("\\")) {
            throw new IllegalArgumentException("'" + name + "' is not a plain file name");
        }
        return name;
    }

    @Override
    public String toString() {
        return path;
    }

    /** The bytes of a file, whatever it is called by now: the first ones of a real file, then written ones. */
    private static final class Content {

        private final @Nullable LogDirectory origin;
        private final String name;
        private final Scratch scratch;
        private final String writtenName;
        private @Nullable LogFile real;
        private @Nullable LogFile written;
        private int handles;
        private long kept = -1;

        Content(@Nullable LogDirectory origin, String name, Scratch scratch) {
            this.origin = origin;
            this.name = name;
            this.scratch = scratch;
            this.writtenName = "written-" + scratch.names.getAndIncrement();
        }

        void acquire() throws IOException {
            if (handles == 0 && origin != null) {
                real = origin.open(name);
                kept = kept < 0 ? real.size() : kept;
            }
            if (handles == 0 && scratch.directory.exists(writtenName)) {
                written = scratch.directory.open(writtenName);
            }
            handles++;
        }

        void release() throws IOException {
            handles--;
            if (handles > 0) {
                return;
            }
            LogFile first = written;
            LogFile second = real;
            written = null;
            real = null;
            try {
                if (first != null) {
                    first.close();
                }
            } finally {
                if (second != null) {
                    second.close();
                }
            }
        }

        long size() {
            return Math.max(0, kept) + (written == null ? 0 : written.size());
        }

        void append(ByteBuffer... buffers) throws IOException {
            if (written == null) {
                written = scratch.directory.open(writtenName);
            }
            written.append(buffers);
        }

        int read(ByteBuffer target, long position) throws IOException {
            long boundary = Math.max(0, kept);
            int read = 0;
            if (real != null && position < boundary) {
                int limit = target.limit();
                target.limit((int) Math.min(limit, target.position() + boundary - position));
                read = real.read(target, position);
                target.limit(limit);
            }
            if (written != null && target.hasRemaining() && position + read >= boundary) {
                read += written.read(target, position + read - boundary);
            }
            return read;
        }

        void truncate(long size) throws IOException {
            long boundary = Math.max(0, kept);
            if (written != null) {
                written.truncate(Math.max(0, size - boundary));
            }
            if (size < boundary) {
                kept = size;
            }
        }
    }

    private static final class RehearsedFile implements LogFile {

        private final String name;
        private final Content content;
        private boolean isClosed;

        RehearsedFile(String name, Content content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long size() {
            return content.size();
        }

        @Override
        public void append(ByteBuffer... buffers) throws IOException {
            ensureOpen();
            content.append(buffers);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            ensureOpen();
            return content.read(target, position);
        }

        @Override
        public void force() throws IOException {
            ensureOpen();
        }

        @Override
        public void truncate(long size) throws IOException {
            ensureOpen();
            content.truncate(size);
        }

        private void ensureOpen() throws ClosedChannelException {
            if (isClosed) {
                throw new ClosedChannelException();
            }
        }

        @Override
        public void close() throws IOException {
            if (!isClosed) {
                isClosed = true;
                content.release();
            }
        }
    }
}
