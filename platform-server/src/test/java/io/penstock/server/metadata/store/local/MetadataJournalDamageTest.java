package io.penstock.server.metadata.store.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.QuarantinedRange;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.server.metadata.store.StoreImage;
import io.penstock.server.metadata.store.StoreOperation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What becomes of a journal whose file was damaged, and of one that a crash tore. */
class MetadataJournalDamageTest {

    private static final long NOW = 1_700_000_000_000L;
    private static final String LOG_FILE = MetadataJournal.DIRECTORY + "/00000000000000000000.log";

    private final SimulatedDisk disk = new SimulatedDisk(1);

    /** What it said after each commit. */
    private final List<StoreImage> images = new ArrayList<>(List.of(StoreImage.EMPTY));

    /** Where each commit ends in the file. */
    private final List<Integer> ends = new ArrayList<>();

    @Test
    void refusesAnyDamageAfterACleanStopAndChangesNothing() throws Exception {
        journalOf(3, 10).close();
        Map<String, byte[]> good = disk.image();
        for (int at : new int[] {30, ends.get(0) + 70, ends.get(2) - 1}) {
            byte[] bytes = logOf(good).clone();
            bytes[at] ^= 1;

            assertRefused(damaged(good, bytes));
        }
    }

    @Test
    void refusesAJournalThatLostItsLastCommitsAfterACleanStop() throws Exception {
        journalOf(3, 10).close();
        Map<String, byte[]> good = disk.image();

        assertRefused(damaged(good, Arrays.copyOf(logOf(good), ends.get(1))));
        assertRefused(damaged(good, new byte[0]));
    }

    @Test
    void refusesDamageBelowTheRecoveryPointAfterAKill() throws Exception {
        journalOf(40, 1000);
        Map<String, byte[]> good = disk.image();
        byte[] bytes = logOf(good).clone();
        bytes[ends.get(3) + 200] ^= 1;

        assertRefused(damaged(good, bytes));
    }

    @Test
    void refusesDamageBelowTheEndOfARewrittenJournal() throws Exception {
        MetadataJournal journal = journalOf(3, 10);
        journal.rewrite(images.get(3), NOW);
        Map<String, byte[]> good = disk.image();
        byte[] bytes = logOf(good).clone();
        bytes[bytes.length - 1] ^= 1;

        assertRefused(damaged(good, bytes));
    }

    @Test
    void refusesDamageThatAnotherCommitFollowsAlsoBehindTheRecoveryPoint() throws Exception {
        journalOf(3, 10);
        Map<String, byte[]> good = disk.image();
        byte[] bytes = logOf(good).clone();
        bytes[ends.get(0) + 70] ^= 1;

        assertRefused(damaged(good, bytes));
    }

    @Test
    void refusesAJournalOfWhichTheSegmentIsGone() throws Exception {
        journalOf(3, 10).close();
        Map<String, byte[]> bad = new TreeMap<>(disk.image());
        bad.remove(LOG_FILE);

        assertRefused(SimulatedDisk.of(1, bad));
    }

    @Test
    void leavesWhatARewriteLeftWhenItRefuses() throws Exception {
        journalOf(3, 10).close();
        Map<String, byte[]> good = disk.image();
        byte[] bytes = logOf(good).clone();
        bytes[30] ^= 1;
        Map<String, byte[]> bad = new TreeMap<>();
        good.forEach((path, content) ->
                bad.put(path.replace("__cluster_metadata-0", "__cluster_metadata_replaced-0"), content));
        bad.put(LOG_FILE.replace("__cluster_metadata-0", "__cluster_metadata_replaced-0"), bytes);

        assertRefused(SimulatedDisk.of(1, bad));
    }

    @Test
    void startsAfterARepairWithTheCommitsAroundTheDamage() throws Exception {
        journalOf(3, 10).close();
        Map<String, byte[]> good = disk.image();
        byte[] bytes = logOf(good).clone();
        bytes[ends.get(0) + 70] ^= 1;
        SimulatedDisk damaged = damaged(good, bytes);
        StoppedJournal stopped = new StoppedJournal(damaged.root());

        LogRecovery recovery = stopped.repair(stopped.audit().defects(), NOW);

        assertThat(recovery.quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset)
                .containsExactly(tuple(1L, 2L));
        assertThat(stopped.audit().defects()).isEmpty();
        MetadataJournal journal = MetadataJournal.open(damaged.root(), NOW);
        assertThat(journal.replay().entries()).containsOnlyKeys("key 0", "key 2");
        StoreImage kept = journal.replay();
        StoreImage next = kept.after(List.of(new StoreOperation.Create("key 3", new byte[1], false)));
        journal.append(JournalRecord.between(kept, next), NOW);
        journal.close();
        assertThat(stopped.start(NOW)).isEqualTo(next);
    }

    @Test
    void cutsACommitThatACrashTore() throws Exception {
        journalOf(3, 10);
        Map<String, byte[]> good = disk.image();

        SimulatedDisk torn = damaged(good, Arrays.copyOf(logOf(good), ends.get(2) - 5));
        MetadataJournal journal = MetadataJournal.open(torn.root(), NOW);

        assertThat(journal.replay()).isEqualTo(images.get(2));
    }

    private MetadataJournal journalOf(int commits, int valueBytes) throws IOException {
        MetadataJournal journal = MetadataJournal.open(disk.root(), NOW);
        for (int i = 0; i < commits; i++) {
            StoreImage before = images.get(i);
            StoreImage after = before.after(List.of(
                    new StoreOperation.Create("key " + i, "x".repeat(valueBytes).getBytes(UTF_8), false)));
            journal.append(JournalRecord.between(before, after), NOW);
            images.add(after);
            ends.add(logOf(disk.image()).length);
        }
        return journal;
    }

    private static byte[] logOf(Map<String, byte[]> image) {
        byte[] bytes = image.get(LOG_FILE);
        assertThat(bytes).isNotNull();
        return bytes;
    }

    private static SimulatedDisk damaged(Map<String, byte[]> good, byte[] log) {
        Map<String, byte[]> bad = new TreeMap<>(good);
        bad.put(LOG_FILE, log);
        return SimulatedDisk.of(1, bad);
    }

    private static void assertRefused(SimulatedDisk damaged) {
        Map<String, byte[]> before = damaged.image();
        assertThatThrownBy(() -> MetadataJournal.open(damaged.root(), NOW))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE))
                .hasMessageContaining(MetadataJournal.DIRECTORY)
                .hasMessageContaining("Restore");
        assertThat(damaged.image()).as("the files afterwards").containsExactlyEntriesOf(before);
    }
}
