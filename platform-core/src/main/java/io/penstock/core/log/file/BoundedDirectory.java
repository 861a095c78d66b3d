package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A directory whose files are open only while {@link OpenFiles} has room for them. It knows of its open files by what names they
 * have now, and keeps those open that lose theirs.
 */
final class BoundedDirectory implements LogDirectory {

    private final OpenFiles openFiles;

    // guarded by the open files
    private LogDirectory real;
    private final Map<String, List<BoundedFile>> files = new HashMap<>();
    private final Map<String, BoundedDirectory> children = new HashMap<>();

    BoundedDirectory(OpenFiles openFiles, LogDirectory real) {
        this.openFiles = openFiles;
        this.real = real;
    }

    LogDirectory real() {
        synchronized (openFiles) {
            return real;
        }
    }

    @Override
    public String path() {
        return real().path();
    }

    @Override
    public LogFile open(String name) throws IOException {
        BoundedFile file = new BoundedFile(openFiles, this, name);
        synchronized (openFiles) {
            files.computeIfAbsent(name, n -> new ArrayList<>(1)).add(file);
        }
        try {
            file.create();
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Takes a file off the books that is closed. */
    void forget(BoundedFile file) {
        synchronized (openFiles) {
            files.computeIfPresent(file.name, (name, of) -> of.remove(file) && of.isEmpty() ? null : of);
        }
    }

    @Override
    public boolean exists(String name) throws IOException {
        return real().exists(name);
    }

    @Override
    public List<String> list() throws IOException {
        return openFiles.withRoom(() -> real().list());
    }

    @Override
    public List<String> children() throws IOException {
        return openFiles.withRoom(() -> real().children());
    }

    @Override
    public void force() throws IOException {
        openFiles.withRoom(() -> {
            real().force();
            return null;
        });
    }

    @Override
    public LogDirectory child(String name) throws IOException {
        LogDirectory child = real().child(name);
        synchronized (openFiles) {
            return children.computeIfAbsent(name, n -> new BoundedDirectory(openFiles, child));
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        keepOpen(filesNamed(to));
        List<BoundedFile> moving = beginMove(from);
        try {
            real().rename(from, to);
            moved(from, to);
        } finally {
            endMove(moving);
        }
    }

    /** From here on none of them is opened by its old name. */
    private List<BoundedFile> beginMove(String name) {
        synchronized (openFiles) {
            List<BoundedFile> moving = filesUnder(name);
            moving.forEach(file -> file.moves++);
            while (moving.stream().anyMatch(file -> file.isBusy)) {
                openFiles.await();
            }
            return moving;
        }
    }

    private void endMove(List<BoundedFile> moving) {
        synchronized (openFiles) {
            moving.forEach(file -> file.moves--);
            openFiles.notifyAll();
        }
    }

    private void moved(String from, String to) throws IOException {
        BoundedDirectory child;
        synchronized (openFiles) {
            List<BoundedFile> named = files.remove(from);
            if (named != null) {
                named.forEach(file -> file.name = to);
                files.computeIfAbsent(to, n -> new ArrayList<>(1)).addAll(named);
            }
            child = children.remove(from);
            if (child != null) {
                children.put(to, child);
            }
        }
        if (child != null) {
            child.moveTo(real().child(to));
        }
    }

    private void moveTo(LogDirectory place) throws IOException {
        Map<String, BoundedDirectory> inside;
        synchronized (openFiles) {
            real = place;
            inside = Map.copyOf(children);
        }
        for (Map.Entry<String, BoundedDirectory> child : inside.entrySet()) {
            child.getValue().moveTo(place.child(child.getKey()));
        }
    }

    @Override
    public void delete(String name) throws IOException {
        keepOpen(filesNamed(name));
        real().delete(name);
    }

    @Override
    public void deleteChild(String name) throws IOException {
        List<BoundedFile> inside;
        synchronized (openFiles) {
            BoundedDirectory child = children.get(name);
            inside = child == null ? List.of() : child.allFiles();
        }
        keepOpen(inside);
        openFiles.withRoom(() -> {
            real().deleteChild(name);
            return null;
        });
        synchronized (openFiles) {
            children.remove(name);
        }
    }

    /** They lose their names: whoever has them uses them on, and closes them some time. */
    private void keepOpen(List<BoundedFile> losing) throws IOException {
        for (BoundedFile file : losing) {
            try {
                openFiles.acquire(file);
            } catch (ClosedChannelException e) {
                continue; // its owner has given it up meanwhile
            }
            synchronized (openFiles) {
                if (file.directory != null) {
                    file.directory.forget(file);
                    file.directory = null;
                }
            }
            openFiles.release(file);
        }
    }

    private List<BoundedFile> filesNamed(String name) {
        synchronized (openFiles) {
            return List.copyOf(files.getOrDefault(name, List.of()));
        }
    }

    /** Of that name, or in the child of that name. */
    private List<BoundedFile> filesUnder(String name) {
        BoundedDirectory child = children.get(name);
        return child == null ? filesNamed(name) : child.allFiles();
    }

    private List<BoundedFile> allFiles() {
        List<BoundedFile> all = new ArrayList<>();
        files.values().forEach(all::addAll);
        children.values().forEach(child -> all.addAll(child.allFiles()));
        return all;
    }

    @Override
    public String toString() {
        return real().toString();
    }
}
