/**
 * What is said on the wire, as immutable values: the verbs, the CBOR bodies that open an interaction, and the fixed binary headers of the elements that follow. {@code docs/protocol.md} is the same for readers without Java. No I/O; safe for any thread.
 */
@NullMarked
package io.penstock.core.protocol;

import org.jspecify.annotations.NullMarked;
