/**
 * The metadata store of a node that stands alone: a journal of record batches in {@code __cluster_metadata-0} beside
 * the partitions, replayed when it is opened, forced before a commit is answered. Blocking work runs on an executor
 * that is handed in.
 */
@NullMarked
package io.penstock.server.metadata.store.local;

import org.jspecify.annotations.NullMarked;
