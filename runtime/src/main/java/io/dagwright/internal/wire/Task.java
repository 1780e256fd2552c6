package io.dagwright.internal.wire;

/**
 * A task as the machines know it: the ordinal of its graph in the upper half of a long, its row in
 * the lower. Among tasks of equal priority the smaller number runs first.
 */
public final class Task {

  private Task() {}

  public static long of(int graph, int row) {
    return ((long) graph << 32) | row;
  }

  public static int graph(long task) {
    return (int) (task >>> 32);
  }

  public static int row(long task) {
    return (int) task;
  }

  /** One task's share in a digest; a digest is the sum of its members' shares. */
  public static long share(long task, int run) {
    long z = task * 0x9E3779B97F4A7C15L + run;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  public static String show(long task) {
    return graph(task) + "/" + row(task);
  }
}
