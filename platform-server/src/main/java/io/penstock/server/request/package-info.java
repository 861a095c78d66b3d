/**
 * What the broker does for each verb: one handler class a verb, and the two long-lived streams, {@link
 * io.penstock.server.request.PartitionFeed} and {@link io.penstock.server.request.ProduceLane}. Handlers are called on
 * event loops and hand everything that touches a file to the I/O pools.
 */
@NullMarked
package io.penstock.server.request;

import org.jspecify.annotations.NullMarked;
