/**
 * One segment of a partition's log: its three files, how it grows, is read, cut and repaired. Main types:
 * {@link io.penstock.core.log.segment.LogSegment} and {@link io.penstock.core.log.segment.BatchScan}. Blocking; one
 * writer, any number of readers, which hold a segment while they read it.
 */
@NullMarked
package io.penstock.core.log.segment;

import org.jspecify.annotations.NullMarked;
