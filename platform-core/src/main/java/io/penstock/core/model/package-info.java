/**
 * The nouns that everything else shares: topic partitions, acknowledgement levels, durability, outcomes. Immutable values without I/O; safe for any thread.
 */
@NullMarked
package io.penstock.core.model;

import org.jspecify.annotations.NullMarked;
