package io.dagwright.graph;

/**
 * Something that runs graphs. Thread-safe: several graphs may run at once.
 *
 * <p>Closing it cancels what still runs; starting a graph afterwards throws {@link
 * IllegalStateException}.
 */
public interface Scheduler extends AutoCloseable {

  /**
   * Starts to run a graph, as it is: optimising comes before.
   *
   * @param name what messages call the graph
   * @param progress told now and then how far it is
   * @throws io.dagwright.error.InvalidGraphException if this scheduler cannot run the graph
   */
  GraphRun start(TaskGraph graph, String name, ProgressListener progress);

  @Override
  void close();
}
