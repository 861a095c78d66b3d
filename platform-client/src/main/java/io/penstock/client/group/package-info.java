/**
 * A member of a group: its channel to the coordinator, what it owns, what of that is acknowledged, and commits. Runs in turn with the subscription that it serves; only acknowledgements come from any thread.
 */
@NullMarked
package io.penstock.client.group;

import org.jspecify.annotations.NullMarked;
