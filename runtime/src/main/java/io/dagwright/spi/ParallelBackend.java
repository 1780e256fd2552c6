package io.dagwright.spi;

import java.io.Serializable;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A place where the calls of a parallel loop run.
 *
 * <p>Found by {@link java.util.ServiceLoader}, or handed to a loop as an object. Thread-safe: one
 * backend may serve several loops at once.
 */
public interface ParallelBackend {

  /** What users call it, such as {@code threads}; no two backends have the same. */
  String name();

  /** How many calls it can run at a time, 1 or more: what {@code -1} jobs mean. May wait. */
  int slots();

  /** The number of jobs of a loop that does not say; {@code -1} for {@link #slots()}. */
  default int defaultJobs() {
    return 1;
  }

  /** Whether a batch of calls costs so much to hand over that it pays to make batches larger. */
  default boolean batches() {
    return true;
  }

  /**
   * Whether loops inside calls belong here too, because a call that waits makes room for others.
   * Otherwise they run in threads beside the call, as many as its share of {@link #slots()}.
   */
  default boolean nests() {
    return false;
  }

  /** Whether calls see the objects of the loop, not copies. */
  default boolean sharesMemory() {
    return false;
  }

  /**
   * Prepares to run the calls of one loop.
   *
   * @param jobs how many batches to run at a time, 2 or more
   */
  Pool open(int jobs);

  /** Where the calls of one loop run. Thread-safe. */
  interface Pool extends AutoCloseable {

    /**
     * Runs a batch once, elsewhere, by calling it.
     *
     * @return the batch's results, or what it threw; need not be able to cancel
     * @throws RuntimeException if the batch cannot be handed over, for example not be serialized
     */
    CompletionStage<List<@Nullable Object>> submit(Batch batch);

    /** Cancels what still runs, and lets go. Called once per loop, also when all went well. */
    @Override
    void close();
  }

  /** Some calls of a loop, to be made one after the other; gives their results in order. */
  interface Batch extends Callable<List<@Nullable Object>>, Serializable {

    /** What messages call it. */
    String name();

    /** How many calls, 1 or more. */
    int size();
  }
}
