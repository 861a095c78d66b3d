/**
 * What compaction decides and how it reads and rewrites batches: which part of a log can be compacted
 * ({@link io.penstock.core.log.compaction.CleanableRange}), which offset of each key is the newest
 * ({@link io.penstock.core.log.compaction.OffsetMap}), and what stays of each batch
 * ({@link io.penstock.core.log.compaction.BatchFilter}). Nothing here changes a log: {@code LogCompaction}, one package
 * up, does that with these parts. One thread at a time; time and randomness are passed in.
 */
@NullMarked
package io.penstock.core.log.compaction;

import org.jspecify.annotations.NullMarked;
