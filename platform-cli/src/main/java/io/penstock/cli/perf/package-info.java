/** {@code perf}: how much a server takes and gives, measured from outside through the public client. */
@NullMarked
package io.penstock.cli.perf;

import org.jspecify.annotations.NullMarked;
