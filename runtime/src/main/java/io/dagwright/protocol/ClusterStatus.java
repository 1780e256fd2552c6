package io.dagwright.protocol;

import java.util.List;
import java.util.Map;

/**
 * What a scheduler sees at one moment.
 *
 * @param scheduler {@code host:port} of the scheduler's node
 * @param upMillis how long it has been running
 * @param clients open sessions, that of whoever asks included
 * @param queued tasks that are ready and wait for a slot
 */
public record ClusterStatus(
    String scheduler,
    long upMillis,
    List<Worker> workers,
    List<Graph> graphs,
    int clients,
    int queued) {

  public ClusterStatus {
    workers = List.copyOf(workers);
    graphs = List.copyOf(graphs);
  }

  /**
   * One worker.
   *
   * @param slots tasks it runs at the same time
   * @param running tasks it was given that have not ended
   * @param results results it holds
   * @param heldBytes what they take of its heap, as far as that is known
   * @param spilledBytes what they take of its disk, before compression
   * @param unmanagedBytes what else is alive on the heap of its JVM
   * @param limitBytes the most that heap may grow to
   * @param freeDiskBytes free where results are written; -1 as long as none was
   * @param pauses how often it stopped beginning tasks for want of memory
   * @param memory how much it has left
   */
  public record Worker(
      String name,
      String host,
      int slots,
      int running,
      int results,
      long heldBytes,
      long spilledBytes,
      long unmanagedBytes,
      long limitBytes,
      long freeDiskBytes,
      long pauses,
      Memory memory,
      Map<String, Double> resources) {}

  /** How much memory a worker has left. */
  public enum Memory {
    /** It takes whatever it is given. */
    ENOUGH,

    /** Its results take more than they should; it gets new work only as it ends other. */
    SHORT,

    /** It begins nothing until there is more. */
    PAUSED
  }

  /**
   * One graph.
   *
   * @param client who submitted it
   * @param total tasks it has
   * @param waiting tasks that wait for inputs
   * @param ready tasks that wait for a slot, or run
   * @param memory tasks whose results are kept
   * @param failed tasks that failed
   * @param why why it does not go on; empty if it does
   */
  public record Graph(
      String id,
      String name,
      String client,
      int total,
      int waiting,
      int ready,
      int memory,
      int failed,
      String why) {}
}
