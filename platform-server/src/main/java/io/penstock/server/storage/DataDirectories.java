package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.OpenFiles;
import io.penstock.server.metadata.store.local.StoppedJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * All data directories of a broker, which belong to it while they are open, and to each other. One of them has the metadata. Blocking.
 *
 * <p>A directory that is missing, empty where data should be, or another's, is refused before anything is written, the file of the
 * lock included: a broker that went on without it would give offsets out anew.
 */
public final class DataDirectories implements AutoCloseable {

    private static final String METADATA = "__cluster_metadata";
    private static final Pattern PARTITION = Pattern.compile(".+-\\d{1,9}");

    private final List<DataDirectory> all;
    private final String clusterId;

    private DataDirectories(List<DataDirectory> all, String clusterId) {
        this.all = List.copyOf(all);
        this.clusterId = clusterId;
    }

    /**
     * Takes directories for a broker, and creates those that are missing.
     *
     * @param paths one or more
     * @param takesNew whether one that is missing or empty may become the broker's; whether it had data, nothing on it can tell
     * @param newId gives ids for a cluster or a directory that has none
     * @throws PenstockException DIRECTORY_LOCKED if another broker has one, INVALID_CONFIG if they are not all of those of this
     *     broker, or one is new that may not be, STORAGE_ERROR if one can't be used
     */
    public static DataDirectories open(List<Path> paths, int brokerId, boolean takesNew, Supplier<String> newId) {
        Map<Path, DataDirectory> open = new HashMap<>();
        try {
            List<Path> unlocked = new ArrayList<>();
            for (Path path : paths) {
                if (DataDirectory.hasLockFile(path)) {
                    open.put(path, DataDirectory.open(path));
                } else {
                    unlocked.add(path);
                }
            }
            judgeUnlocked(paths, brokerId, takesNew);
            for (Path path : unlocked) {
                open.put(path, DataDirectory.open(path));
            }
            return of(paths.stream().map(open::get).toList(), brokerId, newId);
        } catch (IOException e) {
            open.values().forEach(DataDirectory::close);
            throw new PenstockException(
                    ErrorCode.STORAGE_ERROR, "the data directories " + paths + " can't be used: " + e, e);
        } catch (RuntimeException e) {
            open.values().forEach(DataDirectory::close);
            throw e;
        }
    }

    /** As {@link #open}, of directories that were taken one by one. */
    static DataDirectories of(List<DataDirectory> all, int brokerId, Supplier<String> newId) throws IOException {
        return new DataDirectories(all, identify(all, brokerId, newId));
    }

    /** Before a lock file is made: a directory which is refused shall have none of ours, and none that is missing is created. */
    private static void judgeUnlocked(List<Path> paths, int brokerId, boolean takesNew) throws IOException {
        List<LogDirectory> present = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                present.add(DiskDirectory.open(path));
            } else {
                missing.add(path.toString());
            }
        }
        Set<LogDirectory> known = judge(present, missing, brokerId).keySet();
        List<String> fresh = Stream.concat(
                        present.stream()
                                .filter(directory -> !known.contains(directory))
                                .map(LogDirectory::path),
                        missing.stream())
                .toList();
        if (!takesNew && !fresh.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG,
                    "there is nothing in the data directories " + fresh
                            + ", and data.dirs.init.enable is false: mount what belongs there; or if they are to be new ones, start"
                            + " once with data.dirs.init.enable=true");
        }
    }

    /** @throws PenstockException if they are not all of those of a broker, and nobody else's */
    private static Map<LogDirectory, DirectoryIdentity> judge(
            List<LogDirectory> directories, List<String> missing, int brokerId) throws IOException {
        Map<LogDirectory, DirectoryIdentity> known = new LinkedHashMap<>();
        List<String> empty = new ArrayList<>(missing);
        for (LogDirectory directory : directories) {
            Optional<DirectoryIdentity> identity = DirectoryIdentity.read(directory);
            if (identity.isPresent()) {
                known.put(directory, identity.get());
            } else {
                ensureEmpty(directory);
                empty.add(directory.path());
            }
        }
        known.forEach((directory, identity) -> ensureOwn(directory, identity, brokerId));
        ensureOneCluster(known);
        ensureComplete(known, empty);
        return known;
    }

    private static String identify(List<DataDirectory> all, int brokerId, Supplier<String> newId) throws IOException {
        List<LogDirectory> directories = all.stream().map(DataDirectory::files).toList();
        Map<LogDirectory, DirectoryIdentity> known = judge(directories, List.of(), brokerId);
        String clusterId = known.values().stream()
                .map(DirectoryIdentity::clusterId)
                .findFirst()
                .orElseGet(newId);
        Set<String> present = new HashSet<>();
        known.values().stream()
                .map(DirectoryIdentity::directoryId)
                .filter(id -> !id.isEmpty())
                .forEach(present::add);
        DirectoryIdentity common = new DirectoryIdentity(brokerId, clusterId, "", Set.of());
        for (LogDirectory directory : directories) {
            DirectoryIdentity identity = known.get(directory);
            if (identity == null || identity.directoryId().isEmpty()) {
                String id = newId.get();
                present.add(id);
                // names no one that has no id on its device yet: after a crash here it would be missed
                replace(known, directory, common.withDirectories(id, present));
            }
        }
        for (LogDirectory directory : directories) {
            replace(
                    known,
                    directory,
                    common.withDirectories(known.get(directory).directoryId(), present));
        }
        return clusterId;
    }

    private static void replace(
            Map<LogDirectory, DirectoryIdentity> known, LogDirectory directory, DirectoryIdentity identity)
            throws IOException {
        if (!identity.equals(known.put(directory, identity))) {
            identity.write(directory);
        }
    }

    private static void ensureEmpty(LogDirectory files) throws IOException {
        Optional<String> data = partitionsIn(files).findFirst();
        if (data.isPresent()) {
            throw new PenstockException(
                    ErrorCode.STORAGE_ERROR,
                    "the data directory " + files.path() + " has " + data.get() + ", but no "
                            + DirectoryIdentity.META_PROPERTIES
                            + " that says whose it is: restore that file, or take the"
                            + " data away");
        }
    }

    private static void ensureOwn(LogDirectory directory, DirectoryIdentity identity, int brokerId) {
        if (identity.brokerId() != brokerId) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG,
                    "broker.id = " + brokerId + ", but the data directory " + directory.path() + " is that of broker "
                            + identity.brokerId());
        }
    }

    private static void ensureOneCluster(Map<LogDirectory, DirectoryIdentity> known) {
        String clusterId = "";
        for (Map.Entry<LogDirectory, DirectoryIdentity> entry : known.entrySet()) {
            String next = entry.getValue().clusterId();
            if (!clusterId.isEmpty() && !clusterId.equals(next)) {
                throw new PenstockException(
                        ErrorCode.INVALID_CONFIG,
                        "the data directory " + entry.getKey().path() + " belongs to the cluster " + next
                                + ", those before it to " + clusterId + ": take it out of data.dirs");
            }
            clusterId = next;
        }
    }

    /** The ids that are there must be all that there were. */
    private static void ensureComplete(Map<LogDirectory, DirectoryIdentity> known, List<String> empty) {
        Set<String> present = new HashSet<>();
        Set<String> missing = new TreeSet<>();
        known.forEach((directory, identity) -> {
            String id = identity.directoryId();
            if (!id.isEmpty() && !present.add(id)) {
                throw new PenstockException(
                        ErrorCode.INVALID_CONFIG,
                        "the data directory " + directory.path() + " is a copy of another one, both have the"
                                + " directory.id " + id + ": take one of them out of data.dirs");
            }
            missing.addAll(identity.allDirectoryIds());
        });
        missing.removeAll(present);
        if (!missing.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG,
                    "data directories of this broker are missing, their directory.id is " + missing
                            + (empty.isEmpty() ? "" : ", and there is nothing in " + empty)
                            + ": mount them, or name them in data.dirs; if they are lost with their partitions, take their ids out of"
                            + " directory.ids in the " + DirectoryIdentity.META_PROPERTIES + " of "
                            + known.keySet().stream().map(LogDirectory::path).toList());
        }
    }

    /** In the order of the configuration. */
    List<DataDirectory> all() {
        return all;
    }

    public String clusterId() {
        return clusterId;
    }

    /**
     * Takes all of them into use for logs, the one that has or is to have the metadata first. Once.
     *
     * @throws PenstockException STORAGE_ERROR if two have metadata, or none has, and there are partitions
     */
    public List<Volume> volumes(
            OpenFiles openFiles, long reserveBytes, LongSupplier nanoTime, Consumer<StorageEvent> events)
            throws IOException {
        ensureMetadata();
        List<DataDirectory> ordered = new ArrayList<>(all);
        for (DataDirectory directory : all) {
            if (hasMetadata(directory.files())) {
                if (hasMetadata(ordered.get(0).files()) && ordered.get(0) != directory) {
                    throw new PenstockException(
                            ErrorCode.STORAGE_ERROR,
                            "two data directories have metadata, "
                                    + ordered.get(0).files().path() + " and "
                                    + directory.files().path()
                                    + ": take the one that is not this broker's out of data.dirs");
                }
                ordered.remove(directory);
                ordered.add(0, directory);
            }
        }
        List<Volume> volumes = new ArrayList<>();
        for (DataDirectory directory : ordered) {
            volumes.add(directory.volume(openFiles, reserveBytes, nanoTime, events));
        }
        return volumes;
    }

    /** A broker without metadata has no topics, and would set all partitions aside as strays. */
    private void ensureMetadata() throws IOException {
        for (DataDirectory directory : all) {
            if (!new StoppedJournal(directory.files()).isMissing()) {
                return;
            }
        }
        for (DataDirectory directory : all) {
            Optional<String> partition = partitionsIn(directory.files())
                    .filter(child -> !child.startsWith(METADATA))
                    .findFirst();
            if (partition.isPresent()) {
                throw new PenstockException(
                        ErrorCode.STORAGE_ERROR,
                        "the metadata journal " + StoppedJournal.PARTITION + " is missing, and the data directory "
                                + directory.files().path() + " has partitions, such as " + partition.get()
                                + ": without it nobody knows what topics there are. Nothing was changed. Restore it from a"
                                + " copy; to begin without any topic, move the directories of the partitions away");
            }
        }
    }

    /** The directories of partitions, the metadata's too. */
    private static Stream<String> partitionsIn(LogDirectory files) throws IOException {
        return files.children().stream()
                .filter(child -> PARTITION.matcher(child).matches());
    }

    /** Also in the middle of its replacement by a shorter one. */
    private static boolean hasMetadata(LogDirectory files) throws IOException {
        return files.children().stream().anyMatch(child -> child.startsWith(METADATA));
    }

    /** Lets go of the locks. */
    @Override
    public void close() {
        all.forEach(DataDirectory::close);
    }
}
