package io.penstock.core.log.file;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/** An operating system that lets a process open no more than a number of files. */
public final class FewFiles {

    private int max;
    private int open;
    private int most;

    public FewFiles(int max) {
        this.max = max;
    }

    /** A directory whose files, and those of its children, count. */
    public LogDirectory around(LogDirectory real) {
        return new Limited(real);
    }

    /** Raises or lowers the limit; what is open stays. */
    public synchronized void allow(int newMax) {
        max = newMax;
    }

    public synchronized int open() {
        return open;
    }

    /** The most that were ever open. */
    public synchronized int most() {
        return most;
    }

    private synchronized void take(String path) throws TooManyOpenFilesException {
        if (open >= max) {
            throw new TooManyOpenFilesException(path, new IOException("limit " + max));
        }
        open++;
        most = Math.max(most, open);
    }

    private synchronized void give() {
        open--;
    }

    private final class Limited extends ForwardingDirectory {

        Limited(LogDirectory real) {
            super(real);
        }

        @Override
        protected LogDirectory around(LogDirectory child) {
            return new Limited(child);
        }

        @Override
        public LogFile open(String name) throws IOException {
            take(path() + "/" + name);
            try {
                return super.open(name);
            } catch (IOException | RuntimeException e) {
                give();
                throw e;
            }
        }

        @Override
        public void force() throws IOException {
            take(path());
            try {
                super.force();
            } finally {
                give();
            }
        }

        @Override
        protected LogFile around(LogFile file) {
            AtomicBoolean isClosed = new AtomicBoolean();
            return new ForwardingFile(file) {
                @Override
                public void close() throws IOException {
                    super.close();
                    if (isClosed.compareAndSet(false, true)) {
                        give();
                    }
                }
            };
        }
    }
}
