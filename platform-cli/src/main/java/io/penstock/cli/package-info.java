/**
 * The {@code penstock} command. This package wires: it puts the commands of the feature packages together, installs
 * what a process has and a test has not (standard streams, signals), and turns every failure into one line and an exit
 * code. Nothing below imports it.
 */
@NullMarked
package io.penstock.cli;

import org.jspecify.annotations.NullMarked;
