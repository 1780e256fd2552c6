package io.dagwright.internal.wire;

/** How much memory a worker has left. The order matters: codes travel. */
public enum MemoryLevel {
  /** It takes whatever it is given. */
  ENOUGH,

  /** Its results take more than they should: tasks that only make more of them should wait. */
  SHORT,

  /** It begins nothing until there is more. */
  PAUSED;

  private static final MemoryLevel[] ALL = values();

  public static MemoryLevel of(int code) {
    return ALL[code];
  }
}
