package io.dagwright.internal.transfer;

import io.dagwright.internal.code.CodeHash;
import org.jspecify.annotations.Nullable;

/** Where the data server gets function blobs and large arguments. Called on several threads. */
@FunctionalInterface
public interface BlobSource {

  /** The blob of this hash, or null if it is not here. The array is not written to again. */
  byte @Nullable [] blob(CodeHash hash);
}
