package io.penstock.server.storage;

import io.penstock.core.log.file.ForwardingDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.log.file.TooManyOpenFilesException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.util.function.Consumer;

/**
 * A directory that tells when a write or a force in it failed, after which nobody knows what its disk has. A full disk, a file
 * that can't be opened and a failed read are not that.
 */
final class GuardedDirectory extends ForwardingDirectory {

    /** Something that changes the disk. */
    private interface Change {
        void run() throws IOException;
    }

    private final Consumer<IOException> onFailure;

    GuardedDirectory(LogDirectory real, Consumer<IOException> onFailure) {
        super(real);
        this.onFailure = onFailure;
    }

    @Override
    protected LogDirectory around(LogDirectory child) {
        return new GuardedDirectory(child, onFailure);
    }

    @Override
    protected LogFile around(LogFile file) {
        return new GuardedFile(file);
    }

    private void change(Change change) throws IOException {
        try {
            change.run();
        } catch (NoSpaceException | TooManyOpenFilesException | ClosedChannelException e) {
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
    public void rename(String from, String to) throws IOException {
        change(() -> super.rename(from, to));
    }

    @Override
    public void delete(String name) throws IOException {
        change(() -> super.delete(name));
    }

    @Override
    public void force() throws IOException {
        change(super::force);
    }

    @Override
    public void deleteChild(String name) throws IOException {
        change(() -> super.deleteChild(name));
    }

    private final class GuardedFile extends ForwardingFile {

        GuardedFile(LogFile real) {
            super(real);
        }

        @Override
        public void append(ByteBuffer... buffers) throws IOException {
            change(() -> super.append(buffers));
        }

        @Override
        public void force() throws IOException {
            change(super::force);
        }

        @Override
        public void truncate(long size) throws IOException {
            change(() -> super.truncate(size));
        }
    }
}
