package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A directory of a real file system. Files are never mapped: a store to a mapped page of a full device is a signal. */
public final class DiskDirectory implements LogDirectory {

    private final Path path;

    private DiskDirectory(Path path) {
        this.path = path;
    }

    /** Opens a directory, and creates it with its parents if it is missing. */
    public static DiskDirectory open(Path path) throws IOException {
        Files.createDirectories(path);
        return new DiskDirectory(path);
    }

    @Override
    public String path() {
        return path.toString();
    }

    @Override
    public LogFile open(String name) throws IOException {
        Path file = resolve(name);
        try {
            return new DiskFile(file);
        } catch (FileSystemException e) {
            throw named(e, file);
        }
    }

    @Override
    public boolean exists(String name) {
        return Files.isRegularFile(resolve(name));
    }

    @Override
    public List<String> list() throws IOException {
        return names(Files::isRegularFile);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(resolve(from), resolve(to), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(resolve(name));
    }

    @Override
    public void force() throws IOException {
        // a channel on a directory can be forced, though the JDK does not promise it; the test of the contract does
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (FileSystemException e) {
            throw named(e, path);
        }
    }

    /** The JDK has no type for that either. */
    private static IOException named(FileSystemException e, Path path) {
        return String.valueOf(e.getReason()).contains("Too many open files")
                ? new TooManyOpenFilesException(path.toString(), e)
                : e;
    }

    @Override
    public LogDirectory child(String name) throws IOException {
        Path child = resolve(name);
        Files.createDirectories(child);
        return new DiskDirectory(child);
    }

    @Override
    public List<String> children() throws IOException {
        return names(Files::isDirectory);
    }

    @Override
    public void deleteChild(String name) throws IOException {
        Path child = resolve(name);
        if (Files.exists(child)) {
            try {
                Files.walkFileTree(child, new Deletion());
            } catch (FileSystemException e) {
                throw named(e, child);
            }
        }
    }

    private Path resolve(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/") || name.contains("\\")) {
            throw new IllegalArgumentException("'" + name + "' is not a plain file name");
        }
        return path.resolve(name);
    }

    private List<String> names(Predicate<Path> kind) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(kind)
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (FileSystemException e) {
            throw named(e, path);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
            if (e != null) {
                throw e;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
