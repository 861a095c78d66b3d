/** {@code server}: the broker as a process: one line when it is ready, a drain when it is asked to stop. */
@NullMarked
package io.penstock.cli.server;

import org.jspecify.annotations.NullMarked;
