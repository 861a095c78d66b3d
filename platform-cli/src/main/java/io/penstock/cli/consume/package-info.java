/** {@code consume}: a topic's records to standard output, as fast as whoever reads there takes them. */
@NullMarked
package io.penstock.cli.consume;

import org.jspecify.annotations.NullMarked;
