/**
 * The broker as a library: {@link io.penstock.server.Broker#start} wires what the packages below hold. Nothing below
 * imports this package.
 */
@NullMarked
package io.penstock.server;

import org.jspecify.annotations.NullMarked;
