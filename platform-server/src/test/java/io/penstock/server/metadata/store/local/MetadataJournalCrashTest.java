package io.penstock.server.metadata.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.log.file.CrashPoints;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Fates;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import io.penstock.server.metadata.store.StoreImage;
import io.penstock.server.metadata.store.StoreOperation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is left of the metadata after a power cut at each file operation of commits and of a rewritten journal. */
class MetadataJournalCrashTest {

    private static final long NOW = 1_700_000_000_000L;

    @Test
    void keepsEveryCommitAtEveryCrashPoint() {
        CrashPoints points = new CrashPoints(() -> new JournalTrial(false));

        assertThat(points.explore()).isGreaterThan(20);
    }

    @Test
    void keepsEveryCommitAtEveryCrashPointOfARewrite() {
        CrashPoints points = new CrashPoints(() -> new JournalTrial(true));

        assertThat(points.explore()).isGreaterThan(60);
    }

    @Test
    void noticesARewriteWhoseNamesAreNotForced() {
        assertCaught((operation, path) ->
                operation == Operation.FORCE_DIRECTORY && path.equals("/") ? Fate.IGNORED : Fate.DONE);
    }

    @Test
    void noticesARewrittenJournalThatIsNotForced() {
        assertCaught((operation, path) ->
                operation == Operation.FORCE && path.contains("rewritten") ? Fate.IGNORED : Fate.DONE);
    }

    private static void assertCaught(Fates bug) {
        CrashPoints points = new CrashPoints(() -> new JournalTrial(true).with(bug));

        assertThatThrownBy(points::explore).isInstanceOf(AssertionError.class);
    }

    /** Commits, with a rewrite in between. */
    private static final class JournalTrial implements CrashPoints.Trial {

        private final boolean rewrites;
        private final List<StoreImage> images = new ArrayList<>(List.of(StoreImage.EMPTY));
        private Fates fates = (operation, path) -> Fate.DONE;

        /** The one that was answered last; a later one may be there. */
        private int acknowledged;

        JournalTrial(boolean rewrites) {
            this.rewrites = rewrites;
        }

        JournalTrial with(Fates bug) {
            fates = bug;
            return this;
        }

        @Override
        public void run(SimulatedDisk disk) throws Exception {
            disk.fates(fates);
            MetadataJournal journal = MetadataJournal.open(disk.root(), NOW);
            commit(journal, new StoreOperation.Create("a", bytes("1"), false));
            commit(journal, new StoreOperation.Create("b", bytes("x".repeat(900)), false));
            commit(journal, new StoreOperation.Update("a", bytes("2"), 0));
            if (rewrites) {
                journal.rewrite(latest(), NOW);
                commit(journal, new StoreOperation.Delete("b", 0));
                journal.rewrite(latest(), NOW);
            }
            commit(journal, new StoreOperation.Update("a", bytes("3"), 1));
        }

        @Override
        public void recover(SimulatedDisk disk) throws Exception {
            disk.fates(fates);
            MetadataJournal journal = MetadataJournal.open(disk.root(), NOW);
            List<Map<String, String>> possible = new ArrayList<>();
            for (StoreImage image : images.subList(acknowledged, images.size())) {
                possible.add(contents(image));
            }
            StoreImage found = journal.replay();
            assertThat(contents(found)).isIn(possible);
            // what was found stays
            int index = acknowledged + possible.lastIndexOf(contents(found));
            images.subList(index + 1, images.size()).clear();
            acknowledged = index;
        }

        @Override
        public void goOn(SimulatedDisk disk) throws Exception {
            MetadataJournal journal = MetadataJournal.open(disk.root(), NOW);
            commit(journal, new StoreOperation.Create("c" + images.size(), bytes("4"), false));
        }

        private void commit(MetadataJournal journal, StoreOperation operation) throws Exception {
            StoreImage before = latest();
            StoreImage after = before.after(List.of(operation));
            images.add(after);
            journal.append(JournalRecord.between(before, after), NOW);
            acknowledged = images.size() - 1;
        }

        private StoreImage latest() {
            return images.get(images.size() - 1);
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        private static Map<String, String> contents(StoreImage image) {
            Map<String, String> contents = new TreeMap<>();
            image.entries()
                    .forEach((key, entry) -> contents.put(
                            key, entry.version() + ":" + new String(entry.value(), StandardCharsets.UTF_8)));
            return contents;
        }
    }
}
