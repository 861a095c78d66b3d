/**
 * Runs coordinators: state machines whose logs are partitions of internal topics. A {@link
 * io.penstock.server.coordinator.CoordinatorShard} takes the decisions of one partition in turn, on a worker, and answers
 * when they are committed.
 */
@NullMarked
package io.penstock.server.coordinator;

import org.jspecify.annotations.NullMarked;
