/**
 * What a command sees of the outside: its streams, its environment, the user's wish that it stop, and how figures and
 * tables look. A test hands in a {@link io.penstock.cli.terminal.Terminal} of its own.
 */
@NullMarked
package io.penstock.cli.terminal;

import org.jspecify.annotations.NullMarked;
