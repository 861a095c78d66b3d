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
 * system is asked again after a second, or after 16 MiB, and not at each append. Safe for any thread.
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
    private boolean isFull;

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
     * @throws PenstockException STORAGE_FULL if only the reserve is left
     */
    synchronized void ensureRoom(long bytes) {
        bytesUntilCheck -= bytes;
        long now = nanoTime.getAsLong();
        if (!isKnown || now - checkedNanos >= CHECK_NANOS || !isFull && bytesUntilCheck < 0) {
            check(now);
        }
        if (isFull) {
            throw new PenstockException(
                    ErrorCode.STORAGE_FULL,
                    "the data directory " + directory + " has no more than its reserve of " + reserveBytes
                            + " bytes left; appends are refused until there is room");
        }
    }

    /** A write found no room, whatever the file system said: nothing more is tried until it is asked again. */
    synchronized void ranOut() {
        isKnown = true;
        checkedNanos = nanoTime.getAsLong();
        if (!isFull) {
            becameFull(0);
        }
    }

    synchronized boolean isFull() {
        return isFull;
    }

    private void check(long now) {
        isKnown = true;
        checkedNanos = now;
        bytesUntilCheck = CHECK_BYTES;
        long usable;
        try {
            usable = probe.usableBytes();
        } catch (IOException e) {
            LOG.warn("Nobody knows how much room {} has: {}", directory, e.toString());
            return;
        }
        boolean hasRoom = usable > reserveBytes;
        if (isFull && hasRoom) {
            isFull = false;
            LOG.info("{} has room again, {} bytes: appends are taken", directory, usable);
            events.accept(new StorageEvent.DirectoryHasRoom(directory, usable));
        } else if (!isFull && !hasRoom) {
            becameFull(usable);
        }
    }

    private void becameFull(long usable) {
        isFull = true;
        LOG.warn(
                "{} is full, {} bytes are left of a reserve of {}: appends are refused with STORAGE_FULL, reads go on;"
                        + " make room, and it goes on by itself",
                directory,
                usable,
                reserveBytes);
        events.accept(new StorageEvent.DirectoryFull(directory, usable));
    }
}
