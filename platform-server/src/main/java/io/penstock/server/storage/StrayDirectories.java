package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.model.TopicNames;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories of partitions whose topic the metadata does not know: what a crash left between the commit of a deletion
 * and the deletion itself, or what came with a data directory. They are renamed and kept, since nobody can say that they
 * are not wanted. A directory of a topic that exists is never touched. Blocking.
 */
final class StrayDirectories {

    private static final Logger LOG = LoggerFactory.getLogger(StrayDirectories.class);
    private static final String SUFFIX = ".stray";
    private static final Pattern PARTITION = Pattern.compile("(.+)-(\\d{1,9})");

    private final Predicate<UUID> isTopic;

    /** @param isTopic whether there is a topic with an id, now */
    StrayDirectories(Predicate<UUID> isTopic) {
        this.isTopic = isTopic;
    }

    /**
     * Sets aside the directory of another incarnation, which has a partition's name.
     *
     * @param volume where it lies
     * @param why what to say of it
     * @throws PenstockException INCONSISTENT_TOPIC_ID if a topic has it, STORAGE_ERROR if it can't be renamed
     */
    void setAside(Volume volume, TopicPartition name, PenstockException why) {
        try {
            UUID owner = PartitionLog.topicIdOf(volume.files(), name.toString());
            if (owner == null || isTopic.test(owner)) {
                throw why;
            }
            rename(volume, name, owner, String.valueOf(why.getMessage()));
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.STORAGE_ERROR, "the directory " + name + " of another topic can't be set aside: " + e, e);
        }
    }

    /** Sets aside all that there are. A directory that can't be read or renamed is logged and left alone. */
    void setAllAside(Volume volume) throws IOException {
        for (String directory : volume.files().children()) {
            TopicPartition name = partitionOf(directory);
            if (name != null) {
                setAsideIfStray(volume, name);
            }
        }
    }

    private static @Nullable TopicPartition partitionOf(String directory) {
        Matcher parts = PARTITION.matcher(directory);
        return parts.matches() && !TopicNames.isInternal(parts.group(1))
                ? new TopicPartition(parts.group(1), Integer.parseInt(parts.group(2)))
                : null;
    }

    private void setAsideIfStray(Volume volume, TopicPartition name) {
        try {
            UUID owner = PartitionLog.topicIdOf(volume.files(), name.toString());
            if (owner != null && !isTopic.test(owner)) {
                rename(volume, name, owner, "There is no topic with id " + owner);
            }
        } catch (IOException e) {
            LOG.warn("Whether {} belongs to a topic can't be found out, it is left alone", name, e);
        }
    }

    private void rename(Volume volume, TopicPartition name, UUID owner, String why) throws IOException {
        String aside = owner + "-" + name.partition() + SUFFIX;
        LOG.warn("{}; the directory {} is kept as {} in {}", why, name, aside, volume.path());
        volume.forget(List.of(name));
        volume.files().rename(name.toString(), aside);
        volume.files().force();
    }
}
