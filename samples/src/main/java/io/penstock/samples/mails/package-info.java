/**
 * A web service that works off a topic together with others like it, and can be stopped at any time: what it has begun it
 * finishes, and what it has not the others do.
 */
@NullMarked
package io.penstock.samples.mails;

import org.jspecify.annotations.NullMarked;
