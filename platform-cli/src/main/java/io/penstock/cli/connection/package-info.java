/** How a command finds its server: {@code --server}, the environment, the default; and says so when nobody is there. */
@NullMarked
package io.penstock.cli.connection;

import org.jspecify.annotations.NullMarked;
