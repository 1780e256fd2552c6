package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerFigures;

/** What a worker says of itself with its beats, for people who ask later. Not thread-safe. */
public final class Vitals {

  /** Changes are those of the last one to two periods of this length. */
  private static final long PERIOD_NANOS = 10_000_000_000L;

  private WorkerBytes bytes = WorkerBytes.NONE;
  private WorkerFigures figures = WorkerFigures.NONE;
  private WorkerBytes peak = WorkerBytes.NONE;
  private WorkerFigures before = WorkerFigures.NONE;
  private WorkerFigures begun = WorkerFigures.NONE;
  private long beforeNanos;
  private long begunNanos;
  private long nowNanos;
  private boolean isKnown;

  /** It has said how it is. */
  public void note(WorkerBytes ofNow, WorkerFigures figuresOfNow, long now) {
    bytes = ofNow;
    figures = figuresOfNow;
    nowNanos = now;
    if (!isKnown || ofNow.alive() > peak.alive()) {
      peak = ofNow;
    }
    if (!isKnown) {
      before = figuresOfNow;
      begun = figuresOfNow;
      beforeNanos = now;
      begunNanos = now;
    } else if (now - begunNanos >= PERIOD_NANOS) {
      before = begun;
      beforeNanos = begunNanos;
      begun = figuresOfNow;
      begunNanos = now;
    }
    isKnown = true;
  }

  public WorkerBytes bytes() {
    return bytes;
  }

  public WorkerFigures figures() {
    return figures;
  }

  /** What it said when most was alive on its heap. */
  WorkerBytes peak() {
    return peak;
  }

  /** How long ago the changes began of which {@link #spilledOfLate} tells. */
  long lateNanos() {
    return nowNanos - beforeNanos;
  }

  /** Bytes written to files and read from them of late. */
  long spilledOfLate() {
    return figures.spillBytes() - before.spillBytes();
  }

  long readOfLate() {
    return figures.readBytes() - before.readBytes();
  }
}
