/**
 * Ships classes: finds what a worker lacks, names it by content, and runs it there.
 *
 * <p>On the client, {@link CodeCatalogue} answers which {@link CodeUnit} some classes need and
 * hands out its bytes by hash. On the worker, an {@link EpochLoader} runs a unit with the bytes
 * that a {@link BlobCache} keeps or fetches.
 */
@NullMarked
package io.dagwright.internal.code;

import org.jspecify.annotations.NullMarked;
