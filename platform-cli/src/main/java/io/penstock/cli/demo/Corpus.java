package io.penstock.cli.demo;

import io.penstock.cli.terminal.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lines of text from real files: every readable text file under some directories, in the order of their names, without
 * blank lines. Bounded: files are added until {@value #MAX_BYTES} bytes are there. Immutable.
 */
final class Corpus {

    private static final int MAX_BYTES = 8 << 20;
    private static final int MAX_FILE_BYTES = 1 << 20;
    private static final int MAX_DEPTH = 12;
    private static final Set<String> NOT_WALKED = Set.of("target", ".git", "jmods", "bin", "data");
    private static final Set<String> NOT_TEXT = Set.of("jar", "zip", "class", "so", "jsa", "gz", "png", "bin", "jmod");

    private final List<byte[]> lines;
    private final int files;
    private final long bytes;

    private Corpus(List<byte[]> lines, int files) {
        this.lines = List.copyOf(lines);
        this.files = files;
        this.bytes = lines.stream().mapToLong(line -> line.length).sum();
    }

    /**
     * Reads the files under directories; one that does not exist counts as empty.
     *
     * @throws CommandFailure if there is not one line of text
     */
    static Corpus read(List<Path> directories) {
        List<byte[]> lines = new ArrayList<>();
        int files = 0;
        long bytes = 0;
        for (Path file : textFiles(directories)) {
            if (bytes >= MAX_BYTES) {
                break;
            }
            List<byte[]> found = linesOf(file);
            lines.addAll(found);
            files += found.isEmpty() ? 0 : 1;
            bytes += found.stream().mapToLong(line -> line.length).sum();
        }
        if (lines.isEmpty()) {
            throw new CommandFailure("there is no text to be sent in " + directories);
        }
        return new Corpus(lines, files);
    }

    /** The line that stands at a place of the endless repetition of all lines. */
    byte[] line(long place) {
        return lines.get((int) (place % lines.size()));
    }

    int lineCount() {
        return lines.size();
    }

    int fileCount() {
        return files;
    }

    long sizeInBytes() {
        return bytes;
    }

    private static List<Path> textFiles(List<Path> directories) {
        return directories.stream()
                .filter(Files::isDirectory)
                .flatMap(directory -> filesUnder(directory).stream())
                .collect(Collectors.toList());
    }

    private static List<Path> filesUnder(Path directory) {
        // Links are followed: a Linux distribution's JDK links its legal notices.
        try (Stream<Path> found = Files.find(
                directory,
                MAX_DEPTH,
                (path, attributes) -> attributes.isRegularFile() && attributes.size() <= MAX_FILE_BYTES && isText(path),
                FileVisitOption.FOLLOW_LINKS)) {
            return found.filter(path -> isWalked(directory.relativize(path)))
                    .sorted()
                    .collect(Collectors.toList());
        } catch (IOException | UncheckedIOException e) {
            // A directory that can't be read has no text for us.
            return List.of();
        }
    }

    private static boolean isWalked(Path relative) {
        for (Path name : relative) {
            if (NOT_WALKED.contains(name.toString())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isText(Path path) {
        String name = path.getFileName().toString();
        return !NOT_TEXT.contains(name.substring(name.lastIndexOf('.') + 1));
    }

    private static List<byte[]> linesOf(Path file) {
        try {
            byte[] content = Files.readAllBytes(file);
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
            return split(content);
        } catch (IOException e) {
            // Not UTF-8, or gone, or not ours to read.
            return List.of();
        }
    }

    private static List<byte[]> split(byte[] content) {
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= content.length; i++) {
            if (i == content.length || content[i] == '\n') {
                if (!isBlank(content, start, i)) {
                    lines.add(Arrays.copyOfRange(content, start, i));
                }
                start = i + 1;
            }
        }
        return lines;
    }

    private static boolean isBlank(byte[] content, int from, int to) {
        for (int i = from; i < to; i++) {
            if (content[i] > ' ' || content[i] < 0) {
                return false;
            }
        }
        return true;
    }
}
