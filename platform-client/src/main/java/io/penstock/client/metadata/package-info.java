/**
 * Who leads what, as the brokers say: topics asked for once and kept, or watched as a stream of images that goes on over reconnects.
 */
@NullMarked
package io.penstock.client.metadata;

import org.jspecify.annotations.NullMarked;
