/** The first record: one class that produces and consumes, and is the code that the README shows. */
@NullMarked
package io.penstock.samples.quickstart;

import org.jspecify.annotations.NullMarked;
