package io.penstock.cli.consume;

import io.penstock.cli.terminal.Terminal;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.ReceivedBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Writes received batches to a stream, flushing after each, until enough are written or nobody reads any more. Called
 * by one thread at a time.
 */
final class RecordSink {

    private final RecordWriter writer;
    private final OutputStream target;
    private final long max;
    private long written;
    private boolean readerGone;

    /** @param max after how many records it is done */
    RecordSink(RecordWriter writer, OutputStream target, long max) {
        this.writer = writer;
        this.target = target;
        this.max = max;
    }

    /**
     * Writes a batch's records, as far as they are wanted, and acknowledges what was written.
     *
     * @throws UncheckedIOException if the stream fails for another reason than that its reader has gone
     */
    void write(ReceivedBatch<byte[], byte[]> batch) {
        try {
            ConsumerRecord<byte[], byte[]> last = null;
            for (ConsumerRecord<byte[], byte[]> record : batch) {
                if (isDone()) {
                    break;
                }
                writer.write(record, target);
                written++;
                last = record;
            }
            target.flush();
            if (last != null) {
                last.acknowledger().acknowledge(batch.baseOffset(), last.offset() + 1);
            }
        } catch (IOException e) {
            if (!Terminal.isReaderGone(e)) {
                throw new UncheckedIOException("can't write to standard output: " + e.getMessage(), e);
            }
            readerGone = true;
        }
    }

    /** Whether nothing more is to be written: {@code head} has closed the pipe, or the wanted number is reached. */
    boolean isDone() {
        return readerGone || written >= max;
    }

    long written() {
        return written;
    }
}
