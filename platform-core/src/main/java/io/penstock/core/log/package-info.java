/**
 * The log of a partition: {@link io.penstock.core.log.PartitionLog} owns the segments and is the one door to them,
 * {@link io.penstock.core.log.LogReader} reads whole batches in order, {@link io.penstock.core.log.LogSignal} wakes
 * readers that wait for the end of the log to move. {@link io.penstock.core.log.Retention} and
 * {@link io.penstock.core.log.CleanableRange} decide what may go, and {@link io.penstock.core.log.LogCompaction} keeps
 * the newest record of each key. Blocking, to be called on I/O workers that are never interrupted;
 * time is passed in. One writer at a time per log, any number of readers, and a flush beside them.
 */
@NullMarked
package io.penstock.core.log;

import org.jspecify.annotations.NullMarked;
