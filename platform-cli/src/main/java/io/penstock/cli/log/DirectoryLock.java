package io.penstock.cli.log;

import io.penstock.cli.terminal.CommandFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps brokers from a data directory while a tool works on it. */
final class DirectoryLock implements AutoCloseable {

    private static final String FILE = ".lock";

    private final @Nullable FileChannel channel;

    private DirectoryLock(@Nullable FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Keeps brokers away without writing anything. A directory that never had a broker has nothing to lock.
     *
     * @throws CommandFailure if a broker runs on it
     */
    static DirectoryLock forReading(Path dataDirectory) {
        return Files.exists(dataDirectory.resolve(FILE))
                ? take(dataDirectory, true, StandardOpenOption.READ)
                : new DirectoryLock(null);
    }

    /**
     * Keeps brokers and other tools away.
     *
     * @throws CommandFailure if a broker runs on it
     */
    static DirectoryLock forChanging(Path dataDirectory) {
        return take(dataDirectory, false, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static DirectoryLock take(Path dataDirectory, boolean isShared, StandardOpenOption... options) {
        try {
            FileChannel channel = FileChannel.open(dataDirectory.resolve(FILE), options);
            if (tryLock(channel, isShared) != null) {
                return new DirectoryLock(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new CommandFailure("can't lock " + dataDirectory + ": " + e.getMessage(), e);
        }
        throw new CommandFailure("a broker, or another tool, is at work in " + dataDirectory + ": stop it first");
    }

    private static @Nullable FileLock tryLock(FileChannel channel, boolean isShared) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, isShared);
        } catch (OverlappingFileLockException e) {
            return null; // held in this JVM
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
