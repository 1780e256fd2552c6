/**
 * What is observed of tasks and workers: bounded, lossy, and counted where it loses something.
 * Nothing is decided by it.
 */
@NullMarked
package io.dagwright.internal.telemetry;

import org.jspecify.annotations.NullMarked;
