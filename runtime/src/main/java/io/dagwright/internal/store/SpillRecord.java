package io.dagwright.internal.store;

import io.dagwright.internal.serialization.Payload;

/** Where a result is in a file. Every one is its own, also when another says the same. */
final class SpillRecord {

  private final SpillFile file;
  private final long offset;
  private final Payload.Layout layout;

  /**
   * @param offset of its first chunk
   * @param layout of the encoded result
   */
  SpillRecord(SpillFile file, long offset, Payload.Layout layout) {
    this.file = file;
    this.offset = offset;
    this.layout = layout;
  }

  SpillFile file() {
    return file;
  }

  long offset() {
    return offset;
  }

  Payload.Layout layout() {
    return layout;
  }

  /** It is needed no longer; the file goes with the last of its records. */
  void release() {
    file.release();
  }
}
