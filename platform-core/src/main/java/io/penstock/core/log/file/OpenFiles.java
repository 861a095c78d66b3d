package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps no more than a number of files of the operating system open, however many {@link LogFile}s are in use: the one that was
 * not used for the longest time is closed, and opened again when it is used. Those that operations use at the moment stay, so
 * that there may be as many more as threads.
 *
 * <p>A file that was written and not forced since is closed last, and forced before: a device that failed to write what
 * nobody had open would not tell. So what is not forced is open, and forcing it never waits for a file to be closed.
 *
 * <p>Safe for any thread. No lock is held while the disk is waited for; whoever wants a file that is being opened or closed
 * waits for that.
 */
public final class OpenFiles {

    /** A step that needs a file of the operating system for itself. */
    interface Step<T> {
        T run() throws IOException;
    }

    private final int max;

    // guarded by this, as is the state of every file; without those in use, the one that was used least recently first
    private final Set<BoundedFile> forced = new LinkedHashSet<>();
    private final Set<BoundedFile> unforced = new LinkedHashSet<>();
    private int open;

    /** @param max how many, 1 or more */
    public OpenFiles(int max) {
        if (max < 1) {
            throw new IllegalArgumentException(max + " open files");
        }
        this.max = max;
    }

    /** A directory whose files, and those of its children, count. Everything must go through it, renames above all. */
    public LogDirectory around(LogDirectory real) {
        return new BoundedDirectory(this, real);
    }

    /** How many are open now. */
    public synchronized int count() {
        return open;
    }

    /** Does something for which the operating system needs a file more; closes others if it has none. */
    <T> T withRoom(Step<T> step) throws IOException {
        while (true) {
            try {
                return step.run();
            } catch (TooManyOpenFilesException e) {
                if (!closeOne()) {
                    throw e;
                }
            }
        }
    }

    /** Keeps a file open until {@link #release}, and opens it if need be. */
    LogFile acquire(BoundedFile file) throws IOException {
        synchronized (this) {
            while (file.isBusy || file.handle == null && file.moves > 0) {
                await();
            }
            if (file.isClosed) {
                throw new ClosedChannelException();
            }
            file.users++;
            if (file.handle != null) {
                forced.remove(file);
                unforced.remove(file);
                return file.handle;
            }
            file.isBusy = true;
            open++;
        }
        LogFile handle = null;
        try {
            closeSurplus();
            handle = withRoom(file::openReal);
            return handle;
        } finally {
            synchronized (this) {
                file.handle = handle;
                file.isBusy = false;
                if (handle == null) {
                    file.users--;
                    open--;
                }
                notifyAll();
            }
        }
    }

    /** Ends what {@link #acquire} began. */
    void release(BoundedFile file) throws IOException {
        LogFile unwanted = null;
        boolean isOver;
        synchronized (this) {
            file.users--;
            if (file.users == 0 && file.isClosed) {
                unwanted = takeHandle(file);
            } else if (file.users == 0 && file.mayBeClosed()) {
                (file.isForced() ? forced : unforced).add(file);
            }
            isOver = open > max;
        }
        close(unwanted);
        if (isOver) {
            closeSurplus();
        }
    }

    /** Gives a file up; whoever uses it at the moment finishes first. */
    void retire(BoundedFile file) throws IOException {
        LogFile unwanted = null;
        synchronized (this) {
            if (file.isClosed) {
                return;
            }
            file.isClosed = true;
            forced.remove(file);
            unforced.remove(file);
            if (file.users == 0) {
                unwanted = takeHandle(file);
            }
        }
        close(unwanted);
    }

    private @Nullable LogFile takeHandle(BoundedFile file) {
        LogFile handle = file.handle;
        file.handle = null;
        return handle;
    }

    private void close(@Nullable LogFile handle) throws IOException {
        if (handle != null) {
            try {
                handle.close();
            } finally {
                synchronized (this) {
                    open--;
                }
            }
        }
    }

    /** Closes a file until it is used again, if nobody uses it now and nothing of it must be forced for that. */
    void rest(BoundedFile file) {
        synchronized (this) {
            if (!forced.remove(file)) {
                return;
            }
            file.isBusy = true;
        }
        closeForNow(file);
    }

    private void closeSurplus() {
        boolean isOver = true;
        while (isOver) {
            synchronized (this) {
                isOver = open > max;
            }
            isOver = isOver && closeOne();
        }
    }

    /** Closes the one that was not used for the longest time; false if all are in use. */
    private boolean closeOne() {
        BoundedFile file;
        synchronized (this) {
            Set<BoundedFile> from = forced.isEmpty() ? unforced : forced;
            Iterator<BoundedFile> eldest = from.iterator();
            if (!eldest.hasNext()) {
                return false;
            }
            file = eldest.next();
            eldest.remove();
            file.isBusy = true;
        }
        closeForNow(file);
        return true;
    }

    private void closeForNow(BoundedFile file) {
        try {
            file.forceAndCloseReal();
        } finally {
            synchronized (this) {
                file.handle = null;
                file.isBusy = false;
                open--;
                notifyAll();
            }
        }
    }

    /** Waits, with the lock given up, until another thread has opened, closed or renamed something. Never interrupted. */
    void await() {
        try {
            wait();
        } catch (InterruptedException e) {
            throw new IllegalStateException("threads that use files must not be interrupted", e);
        }
    }
}
