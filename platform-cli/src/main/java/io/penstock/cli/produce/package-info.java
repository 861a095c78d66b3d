/** {@code produce}: lines to records, read no faster than the server takes them. */
@NullMarked
package io.penstock.cli.produce;

import org.jspecify.annotations.NullMarked;
