/**
 * Where RSocket ends: payloads come in, are decoded and released, go to the handler of their verb, and answers and
 * errors go out. Runs on event loops.
 */
@NullMarked
package io.penstock.server.rsocket;

import org.jspecify.annotations.NullMarked;
