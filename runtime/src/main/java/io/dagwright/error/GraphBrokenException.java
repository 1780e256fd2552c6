package io.dagwright.error;

/** A graph cannot go on: the scheduler could not take it, or its bookkeeping failed. */
public final class GraphBrokenException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String graph;
  private final String reason;

  /**
   * Creates one for a graph that the scheduler gave up.
   *
   * @param graph the graph's name
   * @param reason what went wrong
   */
  public GraphBrokenException(String graph, String reason) {
    super(
        "The scheduler gave up graph ["
            + graph
            + "]: "
            + reason
            + " Submit it again; if that fails too, report it with that stack trace.");
    this.graph = graph;
    this.reason = reason;
  }

  /** The name of the graph. */
  public String graph() {
    return graph;
  }

  /** What went wrong. */
  public String reason() {
    return reason;
  }
}
