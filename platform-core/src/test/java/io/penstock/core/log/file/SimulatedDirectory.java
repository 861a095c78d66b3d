package io.penstock.core.log.file;

import io.penstock.core.log.file.SimulatedDisk.Operation;
import java.io.IOException;
import java.util.List;

/** A directory of a {@link SimulatedDisk}, as one process sees it. */
final class SimulatedDirectory implements LogDirectory {

    private final SimulatedDisk disk;
    private final SimulatedFolder folder;
    private final String path;
    private final int process;

    SimulatedDirectory(SimulatedDisk disk, SimulatedFolder folder, String path, int process) {
        this.disk = disk;
        this.folder = folder;
        this.path = path;
        this.process = process;
    }

    @Override
    public String path() {
        return path.isEmpty() ? "/" : path;
    }

    @Override
    public LogFile open(String name) throws IOException {
        synchronized (disk) {
            disk.ensureAlive(process);
            String file = resolve(name);
            if (!folder.entries().containsKey(name)) {
                SimulatedInode made = new SimulatedInode();
                disk.change(Operation.CREATE, file, process, () -> folder.add(name, made));
                return new SimulatedFile(disk, made, file, process);
            }
            if (!(folder.entries().get(name) instanceof SimulatedInode inode)) {
                throw new IOException(file + " is a directory");
            }
            return new SimulatedFile(disk, inode, file, process);
        }
    }

    @Override
    public boolean exists(String name) {
        return namesOf(SimulatedInode.class).contains(name);
    }

    @Override
    public List<String> list() {
        return namesOf(SimulatedInode.class);
    }

    @Override
    public List<String> children() {
        return namesOf(SimulatedFolder.class);
    }

    private List<String> namesOf(Class<?> kind) {
        synchronized (disk) {
            disk.ensureAlive(process);
            return folder.entries().entrySet().stream()
                    .filter(entry -> kind.isInstance(entry.getValue()))
                    .map(entry -> entry.getKey())
                    .toList();
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        resolve(to);
        disk.change(Operation.RENAME, resolve(from), process, () -> folder.rename(from, to));
    }

    @Override
    public void delete(String name) throws IOException {
        synchronized (disk) {
            disk.ensureAlive(process);
            String file = resolve(name);
            if (folder.entries().get(name) instanceof SimulatedInode) {
                disk.change(Operation.DELETE, file, process, () -> folder.remove(name));
            }
        }
    }

    @Override
    public void force() throws IOException {
        disk.change(Operation.FORCE_DIRECTORY, path(), process, folder::force);
    }

    @Override
    public LogDirectory child(String name) throws IOException {
        synchronized (disk) {
            disk.ensureAlive(process);
            String child = resolve(name);
            if (!folder.entries().containsKey(name)) {
                SimulatedFolder made = new SimulatedFolder();
                disk.change(Operation.CREATE_DIRECTORY, child, process, () -> folder.add(name, made));
                return new SimulatedDirectory(disk, made, child, process);
            }
            if (!(folder.entries().get(name) instanceof SimulatedFolder found)) {
                throw new IOException(child + " is a file");
            }
            return new SimulatedDirectory(disk, found, child, process);
        }
    }

    @Override
    public void deleteChild(String name) throws IOException {
        synchronized (disk) {
            disk.ensureAlive(process);
            String child = resolve(name);
            if (folder.entries().get(name) instanceof SimulatedFolder found) {
                SimulatedDirectory inside = new SimulatedDirectory(disk, found, child, process);
                for (String file : inside.list()) {
                    inside.delete(file);
                }
                for (String deeper : inside.children()) {
                    inside.deleteChild(deeper);
                }
                disk.change(Operation.DELETE_DIRECTORY, child, process, () -> folder.remove(name));
            }
        }
    }

    private String resolve(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/") || name.contains("\\")) {
            throw new IllegalArgumentException("'" + name + "' is not a plain file name");
        }
        return path.isEmpty() ? name : path + "/" + name;
    }

    @Override
    public String toString() {
        return path();
    }
}
