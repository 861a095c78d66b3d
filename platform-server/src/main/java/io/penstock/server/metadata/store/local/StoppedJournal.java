package io.penstock.server.metadata.store.local;

import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogAudit;
import io.penstock.core.log.LogDefect;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.metadata.store.StoreImage;
import java.io.IOException;
import java.util.List;

/**
 * The metadata journal of a broker that does not run, for tools: judged and opened by the code of the broker's start. Blocking.
 *
 * @param dataDirectory has it, or is a rehearsal of one that does
 */
public record StoppedJournal(LogDirectory dataDirectory) {

    /** The name of its directory, as a partition's. */
    public static final TopicPartition PARTITION = MetadataJournal.PARTITION;

    /** The journal's name for one of the directories that it has while it is rewritten; another name as it is. */
    public static TopicPartition nameOf(TopicPartition directory) {
        return directory.topic().startsWith(PARTITION.topic() + "_") ? PARTITION : directory;
    }

    /** Whether there is none, not even a trace of one: a broker begins with no topic then. Changes nothing. */
    public boolean isMissing() throws IOException {
        return MetadataJournal.isMissing(dataDirectory);
    }

    /**
     * Reads all of it, and changes nothing.
     *
     * @return what is wrong; {@link LogDefect.Part#BATCHES} keeps a broker from starting
     */
    public LogAudit audit() throws IOException {
        return MetadataJournal.audit(dataDirectory);
    }

    /**
     * Opens it as the broker's start does, which may cut an end that a crash tore, and closes it.
     *
     * @return what it says
     * @throws PenstockException if the broker would not start
     */
    public StoreImage start(long nowMs) throws IOException {
        try (MetadataJournal journal = MetadataJournal.open(dataDirectory, nowMs)) {
            return journal.replay();
        }
    }

    /**
     * Sets aside in {@code .quarantine} what is damaged, and keeps the commits around it.
     *
     * @param defects what {@link #audit()} found
     */
    public LogRecovery repair(List<LogDefect> defects, long nowMs) throws IOException {
        return MetadataJournal.repair(dataDirectory, defects, nowMs);
    }
}
