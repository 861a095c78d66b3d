package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whose data a directory has, in its {@code meta.properties}:
 *
 * <pre>
 * version=1
 * broker.id=0
 * cluster.id=&lt;22 characters&gt;
 * directory.id=&lt;22 characters&gt;
 * directory.ids=&lt;those of all directories of the broker, this one's too, with commas&gt;
 * </pre>
 *
 * @param directoryId empty in a directory of a broker that did not give ids yet
 * @param allDirectoryIds of the broker's directories when it was last started
 */
record DirectoryIdentity(int brokerId, String clusterId, String directoryId, Set<String> allDirectoryIds) {

    static final String META_PROPERTIES = "meta.properties";
    private static final String META_TEMPORARY = "meta.properties.tmp";
    private static final int MAX_BYTES = 1 << 16;

    DirectoryIdentity {
        allDirectoryIds = Set.copyOf(allDirectoryIds);
    }

    DirectoryIdentity withDirectories(String ownId, Collection<String> all) {
        return new DirectoryIdentity(brokerId, clusterId, ownId, Set.copyOf(all));
    }

    /** Empty if the directory has none. */
    static Optional<DirectoryIdentity> read(LogDirectory files) throws IOException {
        if (!files.exists(META_PROPERTIES)) {
            return Optional.empty();
        }
        Properties meta = new Properties();
        try (LogFile file = files.open(META_PROPERTIES)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), MAX_BYTES));
            file.read(bytes, 0);
            meta.load(new StringReader(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw damaged(files);
        }
        String owner = meta.getProperty("broker.id", "");
        String clusterId = meta.getProperty("cluster.id", "");
        if (!owner.matches("\\d{1,9}") || clusterId.isEmpty()) {
            throw damaged(files);
        }
        Set<String> all = Arrays.stream(meta.getProperty("directory.ids", "").split(","))
                .map(String::trim)
                .filter(id -> !id.isEmpty())
                .collect(Collectors.toSet());
        return Optional.of(
                new DirectoryIdentity(Integer.parseInt(owner), clusterId, meta.getProperty("directory.id", ""), all));
    }

    private static PenstockException damaged(LogDirectory files) {
        return new PenstockException(
                ErrorCode.STORAGE_ERROR,
                META_PROPERTIES + " in " + files.path() + " lacks broker.id or cluster.id: it is damaged");
    }

    void write(LogDirectory files) throws IOException {
        String text = "version=1\nbroker.id=" + brokerId + "\ncluster.id=" + clusterId + "\ndirectory.id=" + directoryId
                + "\ndirectory.ids=" + String.join(",", new TreeSet<>(allDirectoryIds)) + "\n";
        files.delete(META_TEMPORARY);
        try (LogFile file = files.open(META_TEMPORARY)) {
            file.append(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            file.force();
        }
        files.rename(META_TEMPORARY, META_PROPERTIES);
        files.force();
    }
}
