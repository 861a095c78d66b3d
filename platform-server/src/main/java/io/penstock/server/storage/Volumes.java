package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.metadata.store.local.StoppedJournal;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The data directories of a broker, and which partition lies where: where its directory is, and a new one on the volume that has
 * the fewest and works. A partition that follows one of its name lies where that one did. Safe for any thread.
 */
public final class Volumes {

    /** Where a name lies, and how many partitions, of which all but one are leaving, lie there by it. */
    private record Place(Volume volume, int holders) {}

    private final List<Volume> all;
    private final Map<TopicPartition, Place> places = new HashMap<>();

    private Volumes(List<Volume> all) {
        this.all = List.copyOf(all);
    }

    /**
     * Looks what lies where, and changes nothing. Blocks.
     *
     * @param all one or more; the first has, or is to have, the metadata
     * @throws PenstockException STORAGE_ERROR if a partition lies on two
     */
    public static Volumes of(List<Volume> all) throws IOException {
        Volumes volumes = new Volumes(all);
        for (Volume volume : all) {
            for (String child : volume.files().children()) {
                volumes.found(child, volume);
            }
        }
        return volumes;
    }

    /**
     * Takes them into use, before any log but the metadata's is opened: from here on a marker of the last clean stop would speak for
     * a later crash too. Blocks; once.
     */
    public void begin() throws IOException {
        for (Volume volume : all) {
            volume.begin();
        }
        if (withMetadata().files().children().contains(StoppedJournal.PARTITION.toString())) {
            // it may have come since they were looked at, and counts like a partition
            places.putIfAbsent(StoppedJournal.PARTITION, new Place(withMetadata(), 0));
        }
    }

    /** The one that has, or is to have, the metadata. */
    public Volume withMetadata() {
        return all.get(0);
    }

    private void found(String child, Volume volume) {
        int dash = child.lastIndexOf('-');
        if (dash < 1 || child.length() > dash + 10 || !child.substring(dash + 1).matches("\\d+")) {
            return;
        }
        TopicPartition partition =
                new TopicPartition(child.substring(0, dash), Integer.parseInt(child.substring(dash + 1)));
        Place other = places.putIfAbsent(partition, new Place(volume, 0));
        if (other != null) {
            throw new PenstockException(
                    ErrorCode.STORAGE_ERROR,
                    partition + " lies in two data directories, " + other.volume + " and " + volume
                            + ": take the one that is not to be served out of its directory");
        }
    }

    List<Volume> all() {
        return all;
    }

    /** Where a partition lies, or is to lie; {@link #release} it when it has left. */
    synchronized Volume place(TopicPartition partition) {
        return places.compute(
                        partition,
                        (name, known) ->
                                known == null ? new Place(leastUsed(), 1) : new Place(known.volume, known.holders + 1))
                .volume;
    }

    private Volume leastUsed() {
        return all.stream()
                .min(Comparator.comparing((Volume volume) -> volume.failure() != null)
                        .thenComparing(this::partitionsOn))
                .orElseThrow();
    }

    private long partitionsOn(Volume volume) {
        return places.values().stream().filter(place -> place.volume == volume).count();
    }

    synchronized void release(TopicPartition partition) {
        places.computeIfPresent(
                partition, (name, known) -> known.holders <= 1 ? null : new Place(known.volume, known.holders - 1));
    }
}
