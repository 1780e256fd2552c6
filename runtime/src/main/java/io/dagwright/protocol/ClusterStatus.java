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
   * @param waiting of these, those that wait for inputs to come from elsewhere
   * @param results results it holds
   * @param heldBytes what they take of its heap, as far as that is known
   * @param spilledBytes what they take of its disk, before compression
   * @param unmanagedBytes what else is alive on the heap of its JVM
   * @param limitBytes the most that heap may grow to
   * @param freeDiskBytes free where results are written; -1 as long as none was
   * @param pauses how often it stopped beginning tasks for want of memory
   * @param reconciled how often what it runs and holds was compared with what the scheduler
   *     thought, since a message seemed lost
   * @param memory how much it has left
   */
  public record Worker(
      String name,
      String host,
      int slots,
      int running,
      int waiting,
      int results,
      long heldBytes,
      long spilledBytes,
      long unmanagedBytes,
      long limitBytes,
      long freeDiskBytes,
      long pauses,
      long reconciled,
      Spills spills,
      Transfers transfers,
      Memory memory,
      Map<String, Double> resources) {}

  /**
   * What all workers of a worker's process wrote to files since it began, and read again.
   *
   * @param results results written
   * @param bytes what they took there, before compression
   * @param readResults results read
   * @param readBytes what they took there
   */
  public record Spills(long results, long bytes, long readResults, long readBytes) {}

  /**
   * What a worker's process has exchanged with others since it began.
   *
   * @param sentResults to workers and clients
   * @param receivedResults from workers, and scattered ones from clients
   * @param retries results it asked for once more
   * @param detours of these, those it asked for through a third process
   * @param relayed results it fetched for others
   * @param busyAnswers requests it put off since it was sending too much
   * @param damaged results that arrived damaged and were not used
   */
  public record Transfers(
      long sentResults,
      long sentBytes,
      long receivedResults,
      long receivedBytes,
      long retries,
      long detours,
      long relayed,
      long busyAnswers,
      long damaged) {}

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
