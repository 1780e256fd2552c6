package io.dagwright.examples;

import io.dagwright.GraphRunner;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.Schedulers;
import java.util.ArrayList;
import java.util.List;

/**
 * Tasks that find out only while they run what there is to do, and compute a graph of their own
 * inside themselves: sums up a tree whose branches are not known beforehand.
 *
 * <p>On a pool of threads the inner graphs run on the pool of the outer one: a thread that waits
 * works for what it waits for, so that one thread is enough for any depth. On a cluster they run on
 * the cluster, and a task that waits gives its slot to others meanwhile.
 */
public final class NestedGraphs {

  private NestedGraphs() {}

  public static void main(String[] arguments) {
    try (GraphRunner oneThread = Schedulers.threads(1)) {
      System.out.println("leaves, on one thread: " + oneThread.compute(leaves(6)));
    }
    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        GraphRunner client = cluster.client()) {
      System.out.println("leaves, on a cluster:  " + client.compute(leaves(6)));
    }
  }

  /** A task that counts the leaves of a tree of this depth. */
  static Lazy<Integer> leaves(int depth) {
    return Lazy.delayed(depth, NestedGraphs::count).key("leaves-" + depth);
  }

  private static int count(int depth) {
    if (depth == 0) {
      return 1;
    }
    List<Lazy<Integer>> branches = new ArrayList<>();
    for (int branch = 0; branch < branchesAt(depth); branch++) {
      branches.add(Lazy.delayed(depth - 1, NestedGraphs::count));
    }
    return Lazy.reduce(branches, 8, NestedGraphs::add).compute();
  }

  /** Stands for something that is known only on the way. */
  static int branchesAt(int depth) {
    return 1 + depth % 3;
  }

  private static int add(List<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }
}
