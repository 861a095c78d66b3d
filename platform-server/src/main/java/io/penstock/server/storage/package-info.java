/**
 * The partitions that this broker holds, on disk: the data directory with its lock, the open partitions, and each
 * partition's serial appender with group commit. Whatever is called <i>blocking</i> belongs on the I/O pools; the rest
 * may be called from an event loop.
 */
@NullMarked
package io.penstock.server.storage;

import org.jspecify.annotations.NullMarked;
