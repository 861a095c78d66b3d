package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.OpenFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that belongs to one broker while it is open. Blocking.
 *
 * <pre>
 *   .lock                        locked while a broker runs
 *   meta.properties              whose data it is
 *   __cluster_metadata-0/        the metadata journal
 *   &lt;topic&gt;-&lt;partition&gt;/         one partition
 *   &lt;name&gt;.&lt;id&gt;-delete/         a partition on its way out
 *   &lt;id&gt;-&lt;partition&gt;.stray/      a partition of a topic that does not exist, set aside
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);
    private static final String LOCK_FILE = ".lock";

    private final LogDirectory files;
    private final SpaceProbe space;
    private final Closeable lock;

    /** @param lock held until the directory is closed */
    DataDirectory(LogDirectory files, SpaceProbe space, Closeable lock) {
        this.files = files;
        this.space = space;
        this.lock = lock;
    }

    /**
     * Takes a directory, and creates it if it is missing.
     *
     * @throws PenstockException DIRECTORY_LOCKED if another broker has it
     */
    static DataDirectory open(Path path) throws IOException {
        LogDirectory files = DiskDirectory.open(path);
        return new DataDirectory(files, Files.getFileStore(path)::getUsableSpace, lock(path));
    }

    /** Whether a directory was ever taken by a broker. */
    static boolean hasLockFile(Path path) {
        return Files.exists(path.resolve(LOCK_FILE));
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel = lockFile(path);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null; // held by a broker of this JVM
        }
        if (lock == null) {
            channel.close();
            throw new PenstockException(
                    ErrorCode.DIRECTORY_LOCKED,
                    "the data directory " + path + " is in use by another broker: stop that one, or give this one"
                            + " another data.dir");
        }
        return channel;
    }

    private static FileChannel lockFile(Path path) throws IOException {
        try {
            return FileChannel.open(path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            // what a file system such as /proc says where no file can be made
            throw new PenstockException(
                    ErrorCode.STORAGE_ERROR,
                    "the data directory " + path
                            + " can't be used: its file system takes no new files; give the broker another"
                            + " data.dir",
                    e);
        }
    }

    /** A new id of a cluster or a directory in the form that Kafka gives them: 22 characters. */
    public static String idOf(UUID random) {
        ByteBuffer bytes = ByteBuffer.allocate(16)
                .putLong(random.getMostSignificantBits())
                .putLong(random.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    public LogDirectory files() {
        return files;
    }

    /** Takes it into use for logs, whose files count among the open ones. Blocks; once. */
    public Volume volume(OpenFiles openFiles, long reserveBytes, LongSupplier nanoTime, Consumer<StorageEvent> events)
            throws IOException {
        return Volume.open(openFiles.around(files), space, reserveBytes, nanoTime, events);
    }

    /** Lets go of the lock. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("The lock of {} could not be closed: {}", files.path(), e.toString());
        }
    }
}
