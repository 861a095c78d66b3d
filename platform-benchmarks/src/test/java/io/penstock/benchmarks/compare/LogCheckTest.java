package io.penstock.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.cli.perf.Payloads;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogCheckTest {

    private static final int COUNT = 1_000;
    /** Compressed, since then hardly a value comes twice. */
    private static final Load LOAD = Load.of(1_000, COUNT)
            .withPayload(Payloads.Kind.realistic)
            .withSending(Sending.LARGE_BATCHES.withCodec("lz4"));

    private final SentValues sent = new SentValues(LOAD, COUNT);
    private final byte[][] values = values();

    @Test
    void acceptsWhatWasSent() {
        LogCheck check = check(1);
        feed(check, 0, 0, COUNT);

        check.complete();
        assertThat(sent.fingerprint()).isEqualTo(new SentValues(LOAD, COUNT).fingerprint());
    }

    @Test
    void acceptsTwoPartitionsThatAreInOrderEach() {
        LogCheck check = check(2);
        for (int i = 0; i < COUNT; i++) {
            check.onRecord(i % 2, i / 2, values[i]);
        }

        check.complete();
    }

    @Test
    void refusesALostRecord() {
        LogCheck check = check(1);
        feed(check, 0, 0, COUNT - 1);

        assertThatThrownBy(check::complete).hasMessage("topic t has 999 records of 1000");
    }

    @Test
    void refusesAGapInTheOffsets() {
        LogCheck check = check(1);
        feed(check, 0, 0, 500);
        feed(check, 1, 500, COUNT);

        assertThatThrownBy(check::complete).hasMessage("topic t lacks 1 offsets and repeats 0");
    }

    @Test
    void refusesARecordThatIsThereTwice() {
        LogCheck check = check(1);
        feed(check, 0, 0, COUNT);

        assertThatThrownBy(() -> check.onRecord(0, COUNT, values[COUNT - 1]))
                .isInstanceOf(ComparisonFailure.class)
                .hasMessageContaining("the record at offset 1000 of t-0 has a value that was sent ");
    }

    @Test
    void refusesRecordsOutOfOrder() {
        LogCheck check = check(1);
        int last = COUNT - 1;
        int before = IntStream.range(0, last)
                .filter(i -> sent.at(i) != sent.at(last))
                .max()
                .orElseThrow();
        check.onRecord(0, 0, values[last]);

        assertThatThrownBy(() -> feed(check, 1, before, COUNT))
                .hasMessageContaining("sent before the one at an earlier");
    }

    @Test
    void refusesAlteredValues() {
        byte[] altered = values[3].clone();
        altered[500]++;

        assertThatThrownBy(() -> check(1).onRecord(0, 0, altered)).hasMessageContaining("a value that was not sent");
    }

    private LogCheck check(int partitions) {
        return new LogCheck("t", partitions, sent);
    }

    private void feed(LogCheck check, int gap, int from, int to) {
        for (int i = from; i < to; i++) {
            check.onRecord(0, i + gap, values[i]);
        }
    }

    private static byte[][] values() {
        Payloads payloads = LOAD.payloads();
        return IntStream.range(0, COUNT).mapToObj(i -> payloads.next()).toArray(byte[][]::new);
    }
}
