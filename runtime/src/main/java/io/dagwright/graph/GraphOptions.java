package io.dagwright.graph;

/**
 * Which optimisations a graph goes through before it runs. None of them changes a result.
 *
 * @param cull drop tasks no output needs; on by default
 * @param fuse run unbranched chains of tasks as one task; on by default
 * @param order renumber tasks so that few results are alive at a time; on by default
 */
public record GraphOptions(boolean cull, boolean fuse, boolean order) {

  /** Everything on. */
  public static final GraphOptions DEFAULT = new GraphOptions(true, true, true);

  /** Everything off: the graph runs as it was built. */
  public static final GraphOptions NONE = new GraphOptions(false, false, false);

  /** These options with culling on or off. */
  public GraphOptions withCull(boolean on) {
    return new GraphOptions(on, fuse, order);
  }

  /** These options with fusing on or off. */
  public GraphOptions withFuse(boolean on) {
    return new GraphOptions(cull, on, order);
  }

  /** These options with ordering on or off. */
  public GraphOptions withOrder(boolean on) {
    return new GraphOptions(cull, fuse, on);
  }
}
