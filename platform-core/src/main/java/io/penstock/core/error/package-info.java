/**
 * The one table of errors, and the exception that carries an entry of it. Wire code, text, exception and whether a retry can help are joined here and nowhere else.
 */
@NullMarked
package io.penstock.core.error;

import org.jspecify.annotations.NullMarked;
