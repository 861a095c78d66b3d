/**
 * What a coordinator's handler returns: the records that change the state, and an answer that waits until they are
 * committed. Nothing here changes state or does I/O.
 */
@NullMarked
package io.penstock.server.coordinator.decision;

import org.jspecify.annotations.NullMarked;
