/**
 * What a partition knows of its idempotent producers: pure decisions about sequences, and their form on disk. No I/O, no
 * threads, no clock.
 *
 * <p>{@link io.penstock.core.log.producer.ProducerStates} is what the batches in the log say, a {@link
 * io.penstock.core.log.producer.SequenceCheck} judges the batches of one append, and {@link
 * io.penstock.core.log.producer.ProducerSnapshot} is the file.
 */
@NullMarked
package io.penstock.core.log.producer;

import org.jspecify.annotations.NullMarked;
