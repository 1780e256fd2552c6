package io.dagwright.internal.actor;

import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerFigures;
import java.util.List;
import java.util.Map;

/** What a scheduler sees at one moment; for people and for {@code --output json}. */
public record ClusterStatus(
    String scheduler,
    long epoch,
    long upMillis,
    List<WorkerStatus> workers,
    List<GraphStatus> graphs,
    int clients,
    int queued)
    implements Rare {

  /** One worker. */
  public record WorkerStatus(
      String name,
      String host,
      int slots,
      int runs,
      int results,
      MemoryLevel memory,
      WorkerBytes bytes,
      WorkerFigures figures,
      int comparisons,
      Map<String, Double> resources) {}

  /** One graph; {@code why} says why it does not go on, and is empty if it does. */
  public record GraphStatus(
      String id,
      String name,
      String client,
      int total,
      int waiting,
      int ready,
      int memory,
      int erred,
      String why) {}
}
