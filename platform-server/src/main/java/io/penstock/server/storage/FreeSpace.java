package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a data directory has room for more than its reserve, which is left for what the broker writes for itself. The file
 * system is asked again after a second, after 16 MiB, or when what it had room for is taken, and not at each append. Safe for any
 * thread.
 */
final class FreeSpace {

    static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
    static final long CHECK_BYTES = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(FreeSpace.class);

    private final String directory;
    private final SpaceProbe probe;
    private final long reserveBytes;
    private final LongSupplier nanoTime;
    private final Consumer<StorageEvent> events;

    private boolean isKnown;
    private long checkedNanos;
    private long bytesUntilCheck;

    /** What the file system had besides the reserve when it was asked, less what was taken since. */
    private long room;

    private boolean isFull;

    /** What did not fit when it became full: with less room than that it still is. */
    private long bytesNeeded;

    FreeSpace(
            String directory,
            SpaceProbe probe,
            long reserveBytes,
            LongSupplier nanoTime,
            Consumer<StorageEvent> events) {
        this.directory = directory;
        this.probe = probe;
        this.reserveBytes = reserveBytes;
        this.nanoTime = nanoTime;
        this.events = events;
    }

    /**
     * Takes notice of bytes that are about to be written. May ask the file system, and so block.
     *
     * @throws PenstockException STORAGE_FULL if only the reserve would be left of it, or is left already
     */
    synchronized void ensureRoom(long bytes) {
        bytesUntilCheck -= bytes;
        room -= bytes;
        long now = nanoTime.getAsLong();
        if (!isKnown || now - checkedNanos >= CHECK_NANOS || !isFull && (bytesUntilCheck < 0 || room < 0)) {
            check(now, bytes);
        }
        if (isFull) {
            throw new PenstockException(
                    ErrorCode.STORAGE_FULL,
                    "the data directory " + directory + " has no room besides its reserve of " + reserveBytes
                            + " bytes; appends are refused until there is");
        }
    }

    /** A write found no room, whatever the file system said: nothing more is tried until it is asked again. */
    synchronized void ranOut() {
        isKnown = true;
        checkedNanos = nanoTime.getAsLong();
        if (!isFull) {
            becameFull(0, 1);
        }
    }

    synchronized boolean isFull() {
        return isFull;
    }

    private void check(long now, long bytes) {
        isKnown = true;
        checkedNanos = now;
        bytesUntilCheck = CHECK_BYTES;
        room = Long.MAX_VALUE;
        long usable;
        try {
            usable = probe.usableBytes();
        } catch (IOException e) {
            LOG.warn("Nobody knows how much room {} has: {}", directory, e.toString());
            return;
        }
        room = usable - reserveBytes - bytes;
        if (isFull && usable - reserveBytes >= bytesNeeded) {
            isFull = false;
            LOG.info("{} has room again, {} bytes: appends are taken", directory, usable);
            events.accept(new StorageEvent.DirectoryHasRoom(directory, usable));
        }
        if (!isFull && room < 0) {
            becameFull(usable, bytes);
        }
    }

    private void becameFull(long usable, long bytes) {
        isFull = true;
        bytesNeeded = bytes;
        LOG.warn(
                "{} is full, {} bytes are left with a reserve of {}: appends are refused with STORAGE_FULL, reads go on;"
                        + " make room, and it goes on by itself",
                directory,
                usable,
                reserveBytes);
        events.accept(new StorageEvent.DirectoryFull(directory, usable));
    }
}
