package io.dagwright;

import io.dagwright.internal.serialization.Carrier;
import io.dagwright.spi.ParallelBackend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some calls of a loop, and what loops inside them find around them.
 *
 * @param name of the first call's function
 */
record CallBatch(String name, List<? extends DelayedCall<?>> calls, LoopFrame frame)
    implements ParallelBackend.Batch, Carrier {

  @Override
  public int size() {
    return calls.size();
  }

  @Override
  public List<@Nullable Object> call() throws Exception {
    List<@Nullable Object> results = new ArrayList<>(calls.size());
    Schedulers.Scope inside = LoopFrame.enter(frame);
    try {
      for (DelayedCall<?> call : calls) {
        if (Thread.interrupted()) {
          throw new InterruptedException("the loop was cancelled");
        }
        results.add(call.call());
      }
    } finally {
      inside.close();
    }
    return results;
  }
}
