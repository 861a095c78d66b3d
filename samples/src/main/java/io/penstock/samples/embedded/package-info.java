/**
 * A web application with the broker inside: what is posted becomes a record, and every browser that looks gets the
 * stream as server-sent events, as fast as its connection takes them and no faster.
 */
@NullMarked
package io.penstock.samples.embedded;

import org.jspecify.annotations.NullMarked;
