package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A directory that does what another one does, but for what a subclass changes about it and its files. Whatever it opens, and
 * its children, go through {@code around}.
 */
public abstract class ForwardingDirectory implements LogDirectory {

    private final LogDirectory real;

    protected ForwardingDirectory(LogDirectory real) {
        this.real = real;
    }

    /** A child to be seen in place of a real one. */
    protected abstract LogDirectory around(LogDirectory child);

    /** A file to be seen in place of an open one. */
    protected abstract LogFile around(LogFile file) throws IOException;

    @Override
    public String path() {
        return real.path();
    }

    @Override
    public LogFile open(String name) throws IOException {
        return around(real.open(name));
    }

    @Override
    public boolean exists(String name) throws IOException {
        return real.exists(name);
    }

    @Override
    public List<String> list() throws IOException {
        return real.list();
    }

    @Override
    public void rename(String from, String to) throws IOException {
        real.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        real.delete(name);
    }

    @Override
    public void force() throws IOException {
        real.force();
    }

    @Override
    public LogDirectory child(String name) throws IOException {
        return around(real.child(name));
    }

    @Override
    public List<String> children() throws IOException {
        return real.children();
    }

    @Override
    public void deleteChild(String name) throws IOException {
        real.deleteChild(name);
    }

    @Override
    public String toString() {
        return real.toString();
    }

    /** A file that does what another one does, but for what a subclass changes about it. */
    public static class ForwardingFile implements LogFile {

        private final LogFile real;

        protected ForwardingFile(LogFile real) {
            this.real = real;
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public long size() {
            return real.size();
        }

        @Override
        public void append(ByteBuffer... buffers) throws IOException {
            real.append(buffers);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return real.read(target, position);
        }

        @Override
        public void force() throws IOException {
            real.force();
        }

        @Override
        public void truncate(long size) throws IOException {
            real.truncate(size);
        }

        @Override
        public void rest() {
            real.rest();
        }

        @Override
        public void close() throws IOException {
            real.close();
        }

        @Override
        public String toString() {
            return real.toString();
        }
    }
}
