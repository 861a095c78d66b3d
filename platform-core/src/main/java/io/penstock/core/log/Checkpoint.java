package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A small file, mostly of text, that is replaced as a whole: written under another name, forced, renamed, and the directory forced.
 * After a crash it is the old one or the new one.
 */
final class Checkpoint {

    /** What the name ends in while it is written; such a file is a leftover. */
    static final String TEMPORARY_SUFFIX = ".tmp";

    /** Far more than any of our files has; what claims more is not ours. */
    private static final int MAX_BYTES = 16 << 20;

    private static final String CHECKSUM = "crc32c ";

    private Checkpoint() {}

    /** As {@link #write}, with a last line that has the CRC-32C of the bytes before it; for the files that are not Kafka's. */
    static void writeChecked(LogDirectory directory, String name, List<String> lines) throws IOException {
        List<String> checked = new ArrayList<>(lines);
        checked.add(checksum(lines));
        write(directory, name, checked);
    }

    /**
     * The lines of a file that {@link #writeChecked} wrote, without the last.
     *
     * @throws IllegalArgumentException if they are not what was written
     */
    static List<String> readChecked(LogDirectory directory, String name) throws IOException {
        byte[] bytes = readBytes(directory, name);
        String text = new String(bytes, StandardCharsets.UTF_8);
        List<String> lines = text.lines().toList();
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("it is empty");
        }
        List<String> content = lines.subList(0, lines.size() - 1);
        String expected = checksum(content);
        // the bytes, and not the lines alone: a line can end in more than one way
        if (!text.equals(text(content) + expected + "\n")
                || !Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8))) {
            throw new IllegalArgumentException("its last line is not '" + expected + "'");
        }
        return content;
    }

    /** What is wrong with a file that {@link #writeChecked} wrote, or an empty string. */
    static String defect(LogDirectory directory, String name) throws IOException {
        try {
            readChecked(directory, name);
            return "";
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String checksum(List<String> lines) {
        CRC32C crc = new CRC32C();
        crc.update(text(lines).getBytes(StandardCharsets.UTF_8));
        return CHECKSUM + String.format("%08x", crc.getValue());
    }

    private static String text(List<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }

    static void write(LogDirectory directory, String name, List<String> lines) throws IOException {
        write(directory, name, ByteBuffer.wrap(text(lines).getBytes(StandardCharsets.UTF_8)));
    }

    static void write(LogDirectory directory, String name, ByteBuffer bytes) throws IOException {
        String temporary = name + TEMPORARY_SUFFIX;
        directory.delete(temporary);
        try (LogFile file = directory.open(temporary)) {
            file.append(bytes);
            file.force();
        }
        directory.rename(temporary, name);
        directory.force();
    }

    /** The lines of a file; none if there is no such file. */
    static List<String> read(LogDirectory directory, String name) throws IOException {
        if (!directory.exists(name)) {
            return List.of();
        }
        return new String(readBytes(directory, name), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    static byte[] readBytes(LogDirectory directory, String name) throws IOException {
        try (LogFile file = directory.open(name)) {
            if (file.size() > MAX_BYTES) {
                throw new IOException(directory.path() + "/" + name + " has " + file.size() + " bytes, at most "
                        + MAX_BYTES + " are plausible");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            return Arrays.copyOf(bytes.array(), bytes.position());
        }
    }
}
