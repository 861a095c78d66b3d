/**
 * Looks into logs without a broker, and without trusting them. {@code dump} prints, {@code verify} finds what is damaged and
 * rehearses the broker's next start, and neither writes anything; {@code repair} does what the start would do, about all that
 * was found, and only when it is told to.
 */
@NullMarked
package io.penstock.cli.log;

import org.jspecify.annotations.NullMarked;
