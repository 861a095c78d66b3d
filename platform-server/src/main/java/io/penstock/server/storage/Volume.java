package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.error.Reasons;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.RecoveryPointFile;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data directory as its partitions see it: its files, what is known to be on its device, its room, and whether it still works.
 * After the first write or force that fails it is out of service for good. Safe for any thread; blocks where it says so.
 */
public final class Volume {

    private static final Logger LOG = LoggerFactory.getLogger(Volume.class);

    private final LogDirectory files;
    private final FreeSpace space;
    private final Consumer<StorageEvent> events;
    private final Collection<Consumer<PenstockException>> failureListeners = new CopyOnWriteArrayList<>();
    private final Map<TopicPartition, RecoveryPoint> points = new HashMap<>(); // guarded by itself
    private volatile Map<TopicPartition, RecoveryPoint> stored = Map.of();

    /** Held while a file of points is written; taken before {@link #points}. */
    private final Object storing = new Object();

    private final SpaceNotes notes;
    private boolean isOutOfRoom; // guarded by storing
    private boolean isChanged; // guarded by points
    private volatile @Nullable PenstockException failure;

    private Volume(
            LogDirectory real,
            SpaceProbe space,
            long reserveBytes,
            LongSupplier nanoTime,
            Consumer<StorageEvent> events)
            throws IOException {
        this.files = new GuardedDirectory(real, this::fail);
        this.notes = SpaceNotes.open(files);
        this.space = new FreeSpace(real.path(), space, reserveBytes, nanoTime, events);
        this.events = events;
    }

    /**
     * Reads what is known of a directory's logs, and changes nothing. Blocks.
     *
     * @param reserveBytes below so much room no append is taken
     * @param nanoTime in nanoseconds, never goes back
     */
    public static Volume open(
            LogDirectory real,
            SpaceProbe space,
            long reserveBytes,
            LongSupplier nanoTime,
            Consumer<StorageEvent> events)
            throws IOException {
        Volume volume = new Volume(real, space, reserveBytes, nanoTime, events);
        Optional<Map<TopicPartition, RecoveryPoint>> clean = RecoveryPointFile.CLEAN_SHUTDOWN.read(real);
        volume.stored = RecoveryPointFile.RECOVERY_POINTS.read(real).orElse(Map.of());
        volume.points.putAll(clean.orElse(volume.stored));
        return volume;
    }

    /** Removes, durably, the marker of the last clean stop, and what is left of deleted logs. Blocks. */
    void begin() throws IOException {
        RecoveryPointFile.CLEAN_SHUTDOWN.remove(files);
        PartitionLog.removeDeleted(files);
    }

    /** Where it is. */
    public String path() {
        return files.path();
    }

    /** Its files; what fails to be written to them takes the volume out of service. */
    public LogDirectory files() {
        return files;
    }

    /** Why it is out of service, or null if it is not. */
    @Nullable
    PenstockException failure() {
        return failure;
    }

    /** @throws PenstockException STORAGE_ERROR if the volume is out of service */
    void ensureUsable() {
        PenstockException reason = failure;
        if (reason != null) {
            throw new PenstockException(reason.code(), reason.getMessage(), reason);
        }
    }

    FreeSpace space() {
        return space;
    }

    /** Is told, on the thread that finds out, when the volume goes out of service; must be quick. */
    void onFailure(Consumer<PenstockException> listener) {
        failureListeners.add(listener);
    }

    private void fail(IOException cause) {
        PenstockException reason;
        synchronized (failureListeners) {
            if (failure != null) {
                return;
            }
            reason = new PenstockException(
                    ErrorCode.STORAGE_ERROR,
                    "the data directory " + path() + " is out of service until the broker is started again: "
                            + Reasons.of(cause),
                    cause);
            failure = reason;
        }
        LOG.error("{}", reason.getMessage(), cause);
        events.accept(new StorageEvent.DirectoryFailed(path(), cause.toString()));
        failureListeners.forEach(listener -> listener.accept(reason));
    }

    /** What is known of a partition's log. */
    RecoveryPoint recoveryPoint(TopicPartition partition) {
        synchronized (points) {
            return points.getOrDefault(partition, RecoveryPoint.UNKNOWN);
        }
    }

    /** What the next start will know of a partition's log after a crash. */
    RecoveryPoint storedPoint(TopicPartition partition) {
        return stored.getOrDefault(partition, RecoveryPoint.UNKNOWN);
    }

    /** Takes notice of a recovery point; {@link #storePoints()} makes it known to the next start. */
    void advance(TopicPartition partition, RecoveryPoint point) {
        synchronized (points) {
            isChanged |= !point.equals(points.put(partition, point));
        }
    }

    /**
     * Writes the recovery points, if there are new ones. Blocks. A full disk leaves the old ones, which are still true.
     *
     * @return whether those on the device are the current ones
     */
    boolean storePoints() throws IOException {
        synchronized (storing) {
            Map<TopicPartition, RecoveryPoint> current;
            synchronized (points) {
                if (!isChanged || failure != null) {
                    return !isChanged;
                }
                isChanged = false;
                current = Map.copyOf(points);
            }
            try {
                RecoveryPointFile.RECOVERY_POINTS.write(files, current);
                stored = current;
                isOutOfRoom = false;
                return true;
            } catch (NoSpaceException e) {
                if (!isOutOfRoom) {
                    isOutOfRoom = true;
                    LOG.warn("No room for the recovery points of {}; the old ones stay until there is", path());
                }
                synchronized (points) {
                    isChanged = true;
                }
                return false;
            }
        }
    }

    /** Forgets partitions that leave, before their logs are touched: a later log of the same name has other places. Blocks. */
    void forget(List<TopicPartition> partitions) throws IOException {
        synchronized (points) {
            isChanged |= points.keySet().removeAll(partitions);
        }
        storePoints();
        notes.forget(partitions);
    }

    /** Where its logs start, and up to where they were compacted. */
    SpaceNotes notes() {
        return notes;
    }

    /** Says that all logs were closed in good order. Blocks. */
    void markClean() throws IOException {
        storePoints();
        if (failure == null) {
            Map<TopicPartition, RecoveryPoint> current;
            synchronized (points) {
                current = Map.copyOf(points);
            }
            RecoveryPointFile.CLEAN_SHUTDOWN.write(files, current);
        }
    }

    @Override
    public String toString() {
        return path();
    }
}
