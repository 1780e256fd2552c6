package io.dagwright.internal.worker;

import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.Protocol;

/**
 * Whether there is memory for one more run: what runs take is reserved before they begin, and while
 * too much of the heap is alive none begins. Not thread-safe.
 */
final class Admission {

  private final double pause;
  private final double resume;
  private final Protocol protocol;
  private long roomBytes = Long.MAX_VALUE;
  private long reservedBytes;
  private MemoryLevel level = MemoryLevel.ENOUGH;

  /**
   * Everything is admitted until memory is measured.
   *
   * @param pause share of the heap that is alive from which on nothing begins
   * @param resume share below which it goes on; less than {@code pause}, not to stop again at once
   */
  Admission(double pause, double resume, Protocol protocol) {
    this.pause = pause;
    this.resume = resume;
    this.protocol = protocol;
  }

  /** See {@link io.dagwright.internal.wire.WorkerEvent.MemoryMeasured}. */
  void measure(long room, double used, boolean isCrowded) {
    roomBytes = room;
    if (used >= (isPaused() ? resume : pause)) {
      level = MemoryLevel.PAUSED;
    } else {
      level = isCrowded ? MemoryLevel.SHORT : MemoryLevel.ENOUGH;
    }
  }

  MemoryLevel level() {
    return level;
  }

  boolean isPaused() {
    return level == MemoryLevel.PAUSED;
  }

  /**
   * Whether a run may begin. One that takes more than there is may do so alone.
   *
   * @param isForced whether it shall begin although the worker is paused
   * @param isAlone whether nothing else runs
   */
  boolean admits(long bytes, boolean isForced, boolean isAlone) {
    if (!protocol.admitsByMemory()) {
      return true;
    }
    if (isForced || isPaused()) {
      return isForced && isAlone;
    }
    return isAlone || reservedBytes + bytes <= roomBytes;
  }

  void begin(long bytes) {
    reservedBytes += bytes;
  }

  void end(long bytes) {
    reservedBytes -= bytes;
  }

  long reservedBytes() {
    return reservedBytes;
  }
}
