/**
 * {@code perf}: how much a server takes and gives, and how long that takes, measured from outside through the public
 * client. What is public here is what it measures with, for those who measure another system by the same values, the
 * same pace and the same checks.
 */
@NullMarked
package io.penstock.cli.perf;

import org.jspecify.annotations.NullMarked;
