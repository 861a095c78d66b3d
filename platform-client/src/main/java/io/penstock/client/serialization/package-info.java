/**
 * How keys and values become bytes and back, straight into and out of Netty buffers. {@link io.penstock.client.serialization.Serdes} has the usual ones in Kafka's formats. Stateless; safe for any thread.
 */
@NullMarked
package io.penstock.client.serialization;

import org.jspecify.annotations.NullMarked;
