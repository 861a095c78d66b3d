/**
 * Stream processing over topics: operators, tables, windows, joins, state. Nothing is here yet but the module's place in
 * the build.
 */
@NullMarked
package io.penstock.streams;

import org.jspecify.annotations.NullMarked;
