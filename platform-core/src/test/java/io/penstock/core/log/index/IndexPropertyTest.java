package io.penstock.core.log.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

class IndexPropertyTest {

    private static final long BASE = 5_000_000_000L;

    private Path root;
    private LogDirectory directory;

    @BeforeProperty
    void createDirectory() throws IOException {
        root = Files.createTempDirectory("penstock-index");
        directory = DiskDirectory.open(root).child("files");
    }

    @AfterProperty
    void deleteDirectory() throws IOException {
        DiskDirectory.open(root).deleteChild("files");
        Files.delete(root);
    }

    /** Steps between neighbours: sometimes none, sometimes more entries than a search reads at once. */
    @Provide
    Arbitrary<List<Integer>> steps() {
        return Arbitraries.integers().between(1, 900).list().ofMaxSize(1500);
    }

    @Property(tries = 60)
    void theOffsetIndexAnswersAsASortedMap(
            @ForAll("steps") List<Integer> steps, @ForAll int seed, @ForAll boolean reopened) throws IOException {
        directory.delete("a.index");
        OffsetIndex index = new OffsetIndex(directory.open("a.index"), BASE, 1 << 20);
        TreeMap<Long, Integer> model = new TreeMap<>();
        long offset = BASE;
        int position = 0;
        for (int step : steps) {
            offset += step;
            position += step * 7;
            index.append(offset, position);
            model.put(offset, position);
        }
        if (reopened) {
            index.close();
            index = new OffsetIndex(directory.open("a.index"), BASE, 1 << 20);
        }
        assertThat(index.entries()).isEqualTo(model.size());
        assertThat(index.defect(offset + 1, position + 1L)).isEmpty();
        if (!model.isEmpty()) {
            assertThat(index.defect(offset, position + 1L)).contains("beyond");
            assertThat(index.defect(offset + 1, position)).contains("beyond");
        }
        checkFloors(index, model, offset);

        long cut = BASE + Math.floorMod(seed, offset - BASE + 2);
        index.truncateTo(cut);
        model.tailMap(cut, true).clear();

        assertThat(index.entries()).isEqualTo(model.size());
        checkFloors(index, model, offset);
        index.append(offset + 1, position + 1);
        assertThat(index.last()).isEqualTo(new OffsetPosition(offset + 1, position + 1));
        index.close();
    }

    private static void checkFloors(OffsetIndex index, TreeMap<Long, Integer> model, long last) throws IOException {
        for (long wanted : probes(new ArrayList<>(model.keySet()), last)) {
            Map.Entry<Long, Integer> floor = model.floorEntry(wanted);
            assertThat(index.floor(wanted))
                    .as("offset %s", wanted)
                    .isEqualTo(
                            floor == null
                                    ? new OffsetPosition(BASE, 0)
                                    : new OffsetPosition(floor.getKey(), floor.getValue()));
        }
    }

    @Property(tries = 60)
    void theTimeIndexAnswersAsASortedMap(@ForAll("steps") List<Integer> steps, @ForAll int seed) throws IOException {
        directory.delete("a.timeindex");
        TimeIndex index = new TimeIndex(directory.open("a.timeindex"), BASE, 1 << 20);
        TreeMap<Long, Long> model = new TreeMap<>();
        long timestamp = 1_000;
        long offset = BASE;
        for (int step : steps) {
            offset += step;
            // every third does not rise, and makes no entry
            if (step % 3 != 0) {
                timestamp += step;
                model.put(timestamp, offset);
            }
            index.append(timestamp, offset);
            model.putIfAbsent(timestamp, offset);
        }
        assertThat(index.entries()).isEqualTo(model.size());
        assertThat(index.defect(offset + 1)).isEmpty();
        checkFloors(index, model, timestamp);

        long cut = BASE + Math.floorMod(seed, offset - BASE + 2);
        index.truncateTo(cut);
        model.values().removeIf(kept -> kept >= cut);

        checkFloors(index, model, timestamp);
        assertThat(index.last())
                .isEqualTo(
                        model.isEmpty()
                                ? new TimestampOffset(-1, BASE)
                                : new TimestampOffset(
                                        model.lastKey(), model.lastEntry().getValue()));
        index.close();
    }

    private static void checkFloors(TimeIndex index, TreeMap<Long, Long> model, long last) throws IOException {
        for (long wanted : probes(new ArrayList<>(model.keySet()), last)) {
            Map.Entry<Long, Long> floor = model.floorEntry(wanted);
            assertThat(index.floor(wanted))
                    .as("timestamp %s", wanted)
                    .isEqualTo(
                            floor == null
                                    ? new TimestampOffset(-1, BASE)
                                    : new TimestampOffset(floor.getKey(), floor.getValue()));
        }
    }

    /** The ends, and around keys of all regions. */
    private static List<Long> probes(List<Long> keys, long last) {
        List<Long> probes = new ArrayList<>(List.of(Long.MIN_VALUE / 2, 0L, BASE, last, last + 1, Long.MAX_VALUE / 2));
        for (int i = 0; i < keys.size(); i += 1 + keys.size() / 40) {
            probes.addAll(List.of(keys.get(i) - 1, keys.get(i), keys.get(i) + 1));
        }
        return probes;
    }
}
