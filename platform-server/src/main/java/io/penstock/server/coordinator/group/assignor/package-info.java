/**
 * Who reads what: assignors are pure functions of a group's members, their topics and what they own. A broker's
 * configuration can name more of them. Safe for any thread.
 */
@NullMarked
package io.penstock.server.coordinator.group.assignor;

import org.jspecify.annotations.NullMarked;
