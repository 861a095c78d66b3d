/**
 * One connection per broker, opened when it is first needed and again for ever after it was lost, with jittered backoff; {@link io.penstock.client.connection.ConnectionEvent}s say what happens. Signals come from event loops.
 */
@NullMarked
package io.penstock.client.connection;

import org.jspecify.annotations.NullMarked;
