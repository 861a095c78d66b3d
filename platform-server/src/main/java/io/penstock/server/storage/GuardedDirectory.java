package io.penstock.server.storage;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.log.file.NoSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.function.Consumer;

/**
 * A directory that tells when a write or a force in it failed, after which nobody knows what its disk has. A full disk, a file
 * that can't be opened and a failed read are not that.
 */
final class GuardedDirectory implements LogDirectory {

    /** Something that changes the disk. */
    private interface Change {
        void run() throws IOException;
    }

    private final LogDirectory real;
    private final Consumer<IOException> onFailure;

    GuardedDirectory(LogDirectory real, Consumer<IOException> onFailure) {
        this.real = real;
        this.onFailure = onFailure;
    }

    private void change(Change change) throws IOException {
        try {
            change.run();
        } catch (NoSpaceException | ClosedChannelException e) {
            throw e;
        } catch (FileSystemException e) {
            // its subclasses tell of names and rights, not of the device
            if (e.getClass() == FileSystemException.class
                    && !String.valueOf(e.getReason()).contains("No space left")) {
                onFailure.accept(e);
            }
            throw e;
        } catch (IOException e) {
            onFailure.accept(e);
            throw e;
        }
    }

    @Override
    public String path() {
        return real.path();
    }

    @Override
    public LogFile open(String name) throws IOException {
        return new GuardedFile(real.open(name));
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
        change(() -> real.rename(from, to));
    }

    @Override
    public void delete(String name) throws IOException {
        change(() -> real.delete(name));
    }

    @Override
    public void force() throws IOException {
        change(real::force);
    }

    @Override
    public LogDirectory child(String name) throws IOException {
        return new GuardedDirectory(real.child(name), onFailure);
    }

    @Override
    public List<String> children() throws IOException {
        return real.children();
    }

    @Override
    public void deleteChild(String name) throws IOException {
        change(() -> real.deleteChild(name));
    }

    @Override
    public String toString() {
        return real.toString();
    }

    private final class GuardedFile implements LogFile {

        private final LogFile real;

        GuardedFile(LogFile real) {
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
            change(() -> real.append(buffers));
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return real.read(target, position);
        }

        @Override
        public void force() throws IOException {
            change(real::force);
        }

        @Override
        public void truncate(long size) throws IOException {
            change(() -> real.truncate(size));
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }
}
