package io.dagwright.internal.store;

/** Where a result is in a file. Every one is its own, also when another says the same. */
final class SpillRecord {

  private final SpillFile file;
  private final long offset;
  private final int length;

  /**
   * @param offset of its first chunk
   * @param length of the encoded result, in bytes
   */
  SpillRecord(SpillFile file, long offset, int length) {
    this.file = file;
    this.offset = offset;
    this.length = length;
  }

  SpillFile file() {
    return file;
  }

  long offset() {
    return offset;
  }

  int length() {
    return length;
  }

  /** It is needed no longer; the file goes with the last of its records. */
  void release() {
    file.release();
  }
}
