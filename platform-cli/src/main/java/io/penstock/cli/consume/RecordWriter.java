package io.penstock.cli.consume;

import io.penstock.client.consumer.ConsumerRecord;
import java.io.IOException;
import java.io.OutputStream;

/** Writes a record in some form. What it throws is the stream's. */
interface RecordWriter {

    void write(ConsumerRecord<byte[], byte[]> record, OutputStream target) throws IOException;
}
