package io.dagwright.error;

/**
 * A graph was stopped before it ended: by its user, or because the thread waiting was interrupted.
 */
public final class GraphCancelledException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String graph;
  private final String reason;

  /**
   * Creates one for a stopped graph.
   *
   * @param graph the graph's name
   * @param reason who or what stopped it
   */
  public GraphCancelledException(String graph, String reason) {
    super(
        "Graph ["
            + graph
            + "] was cancelled: "
            + reason
            + (reason.endsWith(".")
                ? "" // Whole sentences say themselves what to do.
                : ". Its running tasks were interrupted and no more were started; submit it again to"
                    + " compute its results."));
    this.graph = graph;
    this.reason = reason;
  }

  /** The name of the graph that was stopped. */
  public String graph() {
    return graph;
  }

  /** Who or what stopped it. */
  public String reason() {
    return reason;
  }
}
