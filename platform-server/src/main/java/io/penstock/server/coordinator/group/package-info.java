/**
 * What is true of consumer groups, as a function of a log: {@link io.penstock.server.coordinator.group.GroupState}
 * looks at what was replayed and decides what to write; replaying it is all that changes what it says. Pure: no thread,
 * no clock, no I/O. One thread at a time.
 */
@NullMarked
package io.penstock.server.coordinator.group;

import org.jspecify.annotations.NullMarked;
