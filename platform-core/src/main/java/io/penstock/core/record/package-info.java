/**
 * Record batches in Kafka's published format v2 (magic 2): the same bytes on the wire, on disk and in the replica.
 * {@link io.penstock.core.record.RecordBatch} draws the layout; {@link io.penstock.core.record.RecordBatchBuilder} writes a batch, {@link io.penstock.core.record.Batches} walks over batches,
 * {@link io.penstock.core.record.RecordCursor} over the records of one, and {@link io.penstock.core.record.BatchValidation} is what a broker checks before it appends. Flyweights, cursors and builders belong to one thread
 * at a time; values are immutable. Nothing here does I/O. Foreign bytes are read through absolute indices and NIO views of our own, never through a buffer's internal view.
 */
@NullMarked
package io.penstock.core.record;

import org.jspecify.annotations.NullMarked;
