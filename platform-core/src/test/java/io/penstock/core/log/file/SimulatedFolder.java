package io.penstock.core.log.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The entries of a simulated directory: as programs see them, and as the platters have them. Each creation, renaming and
 * deletion is atomic, and until the directory is forced each one may survive a power cut without the others.
 */
final class SimulatedFolder {

    /** One change of the entries; an empty name stands for none. */
    private record Change(String removed, String added, Object node) {

        void applyTo(SortedMap<String, Object> entries) {
            if (entries.get(removed) == node) {
                entries.remove(removed);
            }
            if (!added.isEmpty()) {
                entries.put(added, node);
            }
        }
    }

    private SortedMap<String, Object> seen = new TreeMap<>();
    private SortedMap<String, Object> durable = new TreeMap<>();
    private final List<Change> unforced = new ArrayList<>();

    SortedMap<String, Object> entries() {
        return seen;
    }

    void add(String name, Object node) {
        change(new Change("", name, node));
    }

    void remove(String name) {
        change(new Change(name, "", seen.get(name)));
    }

    void rename(String from, String to) throws IOException {
        Object node = seen.get(from);
        if (node == null) {
            throw new IOException("there is no " + from);
        }
        Object replaced = seen.get(to);
        if (replaced instanceof SimulatedFolder folder && folder != node && !folder.seen.isEmpty()) {
            throw new IOException("the directory " + to + " is not empty");
        }
        change(new Change(from, to, node));
    }

    private void change(Change change) {
        change.applyTo(seen);
        unforced.add(change);
    }

    void force() {
        durable = new TreeMap<>(seen);
        unforced.clear();
    }

    /** As {@link SimulatedInode#losePower}, for all that is below, too. */
    void losePower(SimulatedDisk.Survival survival, Random random, Set<Object> done) {
        for (Change change : unforced) {
            if (survival.keeps(random)) {
                change.applyTo(durable);
            }
        }
        unforced.clear();
        seen = new TreeMap<>(durable);
        for (Object node : seen.values()) {
            if (done.add(node)) {
                if (node instanceof SimulatedFolder folder) {
                    folder.losePower(survival, random, done);
                } else {
                    ((SimulatedInode) node).losePower(survival, random);
                }
            }
        }
    }
}
