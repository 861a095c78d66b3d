/**
 * How the values of {@code protocol} become bytes and back: one stateless codec for the CBOR bodies, one for the routing metadata, one for each binary header, and the mapping between RSocket errors and the error table. A codec never keeps or releases a buffer unless its name says so.
 */
@NullMarked
package io.penstock.core.protocol.codec;

import org.jspecify.annotations.NullMarked;
