package io.dagwright;

import io.dagwright.spi.ParallelBackend;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What a loop finds around it: scopes, and the loop whose call it is in. Travels with the calls.
 *
 * @param config of all scopes around
 * @param depth how many loops it is inside of
 * @param share how many processors it may use; a loop that is inside none may use what it likes
 * @param nested the backend of loops inside a call; null outside of calls
 */
record LoopFrame(ParallelConfig config, int depth, int share, @Nullable String nested)
    implements Serializable {

  static final LoopFrame NONE = new LoopFrame(ParallelConfig.DEFAULT, 0, Integer.MAX_VALUE, null);

  private static final ThreadLocal<LoopFrame> CURRENT = ThreadLocal.withInitial(() -> NONE);

  static LoopFrame current() {
    return CURRENT.get();
  }

  /** Makes a frame the calling thread's until the scope is closed. */
  static Schedulers.Scope enter(LoopFrame frame) {
    LoopFrame before = CURRENT.get();
    CURRENT.set(frame);
    return () -> {
      if (before.equals(NONE)) {
        CURRENT.remove();
      } else {
        CURRENT.set(before);
      }
    };
  }

  LoopFrame with(ParallelConfig inner) {
    return new LoopFrame(inner.over(config), depth, share, nested);
  }

  /** This with another share; 0 leaves it as it is. */
  LoopFrame withShare(int processors) {
    return processors == 0 ? this : new LoopFrame(config, depth, processors, nested);
  }

  /**
   * The frame of calls of a loop.
   *
   * @param backend where they run
   * @param slots how many calls could run at a time
   * @param jobs how many do
   */
  LoopFrame ofCalls(ParallelBackend backend, int slots, int jobs) {
    if (backend.nests()) {
      return new LoopFrame(config.forNested(), depth + 1, 1, backend.name());
    }
    String inside = depth == 0 ? Backends.THREADS : Backends.SEQUENTIAL;
    return new LoopFrame(config.forNested(), depth + 1, Math.max(1, slots / jobs), inside);
  }
}
