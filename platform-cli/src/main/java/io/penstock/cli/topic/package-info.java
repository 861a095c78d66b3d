/** {@code topic}: what topics there are, and what they are like. */
@NullMarked
package io.penstock.cli.topic;

import org.jspecify.annotations.NullMarked;
