package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that is open while it is used, and as long afterwards as {@link OpenFiles} has room for it. */
final class BoundedFile implements LogFile {

    private static final Logger LOG = LoggerFactory.getLogger(BoundedFile.class);
    private static final long UNKNOWN = -1;

    private final OpenFiles files;
    private final String openedName;

    // guarded by the open files
    @Nullable
    LogFile handle;

    boolean isBusy;
    boolean isClosed;
    int users;
    /** How many renames of it, or of a directory that it is in, are under way. */
    int moves;
    /** Where it is; null if it has no name any more, and could not be opened again. */
    @Nullable
    BoundedDirectory directory;

    String name;

    private volatile long size = UNKNOWN;

    /** How often it was written or cut, by one thread at a time. */
    private volatile long changes;

    /** How many changes were forced; unknown before the first force, since earlier processes may have written too. */
    private volatile long forcedChanges = UNKNOWN;

    private volatile boolean isEndUncertain;
    private volatile @Nullable IOException lostForce;

    BoundedFile(OpenFiles files, BoundedDirectory directory, String name) {
        this.files = files;
        this.directory = directory;
        this.openedName = name;
        this.name = name;
    }

    /** What an operation does with the open file. */
    private interface Use<T> {
        T on(LogFile open) throws IOException;
    }

    private <T> T use(Use<T> use) throws IOException {
        LogFile open = files.acquire(this);
        try {
            return use.on(open);
        } finally {
            files.release(this);
        }
    }

    /** Opens it for the first time, which creates it if it is missing. */
    void create() throws IOException {
        use(open -> null);
    }

    /** In its turn, when nobody else opens, closes or renames it. */
    LogFile openReal() throws IOException {
        LogDirectory real;
        String current;
        synchronized (files) {
            if (directory == null) {
                throw new NoSuchFileException(openedName, null, "it was deleted");
            }
            real = directory.real();
            current = name;
        }
        if (size != UNKNOWN && !real.exists(current)) {
            throw new NoSuchFileException(real.path() + "/" + current, null, "somebody else has removed it");
        }
        LogFile open = real.open(current);
        long found = open.size();
        if (size != UNKNOWN && found != size) {
            open.close();
            throw new IOException(real.path() + "/" + current + " has " + found + " bytes, and had " + size
                    + " when it was last open: somebody else has changed it");
        }
        size = found;
        return open;
    }

    /** Whether it can be closed and opened again as if it had stayed open. */
    boolean mayBeClosed() {
        return directory != null && !isEndUncertain;
    }

    /** Whether nothing was written since it was forced, or since it was first opened. */
    boolean isForced() {
        return changes == Math.max(0, forcedChanges);
    }

    /** In its turn. Nobody waits who could be told of a failure: the next one is who relies on it. */
    void forceAndCloseReal() {
        LogFile open = handle;
        if (open == null) {
            return;
        }
        try (open) {
            if (!isForced()) {
                long covered = changes;
                open.force();
                forcedChanges = covered;
            }
        } catch (IOException e) {
            LOG.warn("{} could not be forced and closed", this, e);
            lostForce = e;
        }
    }

    private void ensureBelievable() throws IOException {
        IOException lost = lostForce;
        if (lost != null) {
            throw new IOException(this + " could not be forced when it was closed: " + lost, lost);
        }
    }

    @Override
    public String name() {
        return openedName;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void append(ByteBuffer... buffers) throws IOException {
        ensureBelievable();
        use(open -> {
            isEndUncertain = true;
            try {
                open.append(buffers);
                isEndUncertain = false;
                size = open.size();
            } finally {
                // after the write: a force that runs beside it does not count for it
                changes++;
            }
            return null;
        });
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return use(open -> open.read(target, position));
    }

    @Override
    public void force() throws IOException {
        ensureBelievable();
        if (forcedChanges != UNKNOWN && isForced()) {
            return;
        }
        use(open -> {
            long covered = changes;
            open.force();
            forcedChanges = covered;
            return null;
        });
        ensureBelievable();
    }

    @Override
    public void truncate(long newSize) throws IOException {
        ensureBelievable();
        if (newSize >= size && !isEndUncertain) {
            return;
        }
        use(open -> {
            try {
                // first, so that nobody believes in bytes that go away
                size = Math.min(size, newSize);
                open.truncate(newSize);
                isEndUncertain = false;
            } finally {
                changes++;
            }
            return null;
        });
    }

    @Override
    public void rest() {
        files.rest(this);
    }

    @Override
    public void close() throws IOException {
        BoundedDirectory last;
        synchronized (files) {
            last = directory;
        }
        if (last != null) {
            last.forget(this);
        }
        files.retire(this);
    }

    @Override
    public String toString() {
        return openedName;
    }
}
