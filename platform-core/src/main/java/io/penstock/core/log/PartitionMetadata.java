package io.penstock.core.log;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The {@code partition.metadata} file of a partition's directory, as Kafka writes it, with one more line, which Kafka does not
 * read: which incarnation of the topic the directory belongs to.
 *
 * <pre>
 * version: 0
 * topic_id: &lt;the 16 bytes of the UUID in URL-safe base64 without padding&gt;
 * crc32c 8a9136aa                CRC-32C of the bytes before this line; may be missing
 * </pre>
 *
 * A wrong id would be believed to be that of another topic, and the directory be set aside.
 */
final class PartitionMetadata {

    static final String FILE_NAME = "partition.metadata";

    private static final String VERSION = "version: 0";
    private static final String TOPIC_ID = "topic_id: ";
    private static final int LINES = 2;
    private static final int ID_CHARACTERS = 22;

    private PartitionMetadata() {}

    /**
     * Writes the topic's id, if there is none yet.
     *
     * @throws PenstockException with {@link ErrorCode#INCONSISTENT_TOPIC_ID} if there is another one
     * @throws IOException if the file can't be read or written, or is not of this format
     */
    static void claim(LogDirectory directory, TopicPartition partition, UUID topicId) throws IOException {
        List<String> wanted = List.of(VERSION, TOPIC_ID + encode(topicId));
        List<String> found = read(directory);
        if (found.isEmpty()) {
            Checkpoint.writeChecked(directory, FILE_NAME, wanted);
        } else if (!found.equals(wanted)) {
            throw new PenstockException(
                    ErrorCode.INCONSISTENT_TOPIC_ID,
                    directory.path() + " belongs to the topic id "
                            + found.get(1).substring(TOPIC_ID.length()) + ", not to " + encode(topicId) + " of "
                            + partition);
        }
    }

    /**
     * The topic's id, or null if there is none.
     *
     * @throws IOException if the file can't be read, or is not of this format
     */
    static @Nullable UUID topicId(LogDirectory directory) throws IOException {
        List<String> found = read(directory);
        return found.isEmpty() ? null : decode(directory, found.get(1).substring(TOPIC_ID.length()));
    }

    /** What is wrong with the file, or an empty string. */
    static String defect(LogDirectory directory) {
        try {
            return topicId(directory) == null ? "it is missing or empty" : "";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static List<String> read(LogDirectory directory) throws IOException {
        List<String> found = Checkpoint.read(directory, FILE_NAME);
        if (found.isEmpty()) {
            return found;
        }
        if (found.size() > LINES) {
            String defect = Checkpoint.defect(directory, FILE_NAME);
            if (!defect.isEmpty()) {
                throw new IOException(directory.path() + "/" + FILE_NAME + " is damaged: " + defect);
            }
        }
        if (found.size() < LINES
                || !found.get(0).equals(VERSION)
                || !found.get(1).startsWith(TOPIC_ID)
                || found.get(1).length() != TOPIC_ID.length() + ID_CHARACTERS) {
            throw new IOException(directory.path() + "/" + FILE_NAME + " is not of version 0: " + found);
        }
        return found.subList(0, LINES);
    }

    private static UUID decode(LogDirectory directory, String id) throws IOException {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(id));
            return new UUID(bytes.getLong(), bytes.getLong());
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new IOException(directory.path() + "/" + FILE_NAME + " has no topic id, but " + id, e);
        }
    }

    private static String encode(UUID id) {
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
