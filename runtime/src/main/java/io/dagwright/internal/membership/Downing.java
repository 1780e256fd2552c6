package io.dagwright.internal.membership;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Decides, on one node, which nodes its cluster goes on without. What schedulers can reach counts,
 * and nothing else: a cut between two workers costs nobody anything.
 *
 * <ul>
 *   <li>Schedulers that cannot reach one another: those stay that are left when, again and again,
 *       the one that takes part in most of the suspicions goes, provided that more than half stay,
 *       or half with the least address. All others end themselves.
 *   <li>A worker goes that none of the schedulers that stay can reach.
 *   <li>A worker that can reach no scheduler ends itself.
 * </ul>
 *
 * <p>All nodes that know the same decide the same; none ends another that is not to be ended by its
 * own decision. Only what has been so for a while is acted upon. Not thread-safe.
 */
public final class Downing {

  private final long afterNanos;
  private final Map<String, Long> lostSinceNanos = new LinkedHashMap<>();

  /**
   * A node of the cluster that has not been given up.
   *
   * @param id its address and incarnation
   */
  public record Node(String id, boolean isScheduler) {}

  /** Somebody cannot reach somebody else. Both by their ids. */
  public record Suspicion(String observer, String subject) {}

  /**
   * For one node.
   *
   * @param afterNanos for how long without a break a node must be unreachable
   */
  public Downing(long afterNanos) {
    this.afterNanos = afterNanos;
  }

  /** Which nodes, by their ids, to give up now; this one itself may be among them. */
  public Set<String> decide(
      String self, Collection<Node> nodes, Collection<Suspicion> suspicions, long nowNanos) {
    Set<String> lost = lost(self, nodes, Set.copyOf(suspicions));
    lostSinceNanos.keySet().retainAll(lost);
    lost.forEach(id -> lostSinceNanos.putIfAbsent(id, nowNanos));
    Set<String> due = new TreeSet<>();
    lostSinceNanos.forEach(
        (id, since) -> {
          if (nowNanos - since >= afterNanos) {
            due.add(id);
          }
        });
    return due;
  }

  private static Set<String> lost(String self, Collection<Node> nodes, Set<Suspicion> suspicions) {
    Set<String> schedulers = new TreeSet<>();
    nodes.stream().filter(Node::isScheduler).forEach(node -> schedulers.add(node.id()));
    if (!schedulers.contains(self)) {
      boolean isCutOff =
          !schedulers.isEmpty()
              && schedulers.stream().allMatch(each -> suspects(suspicions, self, each));
      return isCutOff ? Set.of(self) : Set.of();
    }
    SortedSet<String> staying = staying(schedulers, suspicions);
    if (!staying.contains(self) || !isEnough(staying, new TreeSet<>(schedulers))) {
      return Set.of(self);
    }
    Set<String> lost = new TreeSet<>(schedulers);
    lost.removeAll(staying);
    for (Node node : nodes) {
      if (!node.isScheduler()
          && staying.stream().allMatch(each -> suspects(suspicions, each, node.id()))) {
        lost.add(node.id());
      }
    }
    return lost;
  }

  private static boolean isEnough(SortedSet<String> staying, SortedSet<String> all) {
    int twice = 2 * staying.size();
    return twice > all.size() || (twice == all.size() && staying.first().equals(all.first()));
  }

  /** Those of the schedulers that all reach one another. */
  private static SortedSet<String> staying(Set<String> schedulers, Set<Suspicion> suspicions) {
    SortedSet<String> staying = new TreeSet<>(schedulers);
    while (true) { // Ends: there is one fewer each time.
      String worst = "";
      long most = 0;
      for (String each : staying) {
        long count =
            staying.stream()
                .filter(
                    other -> suspects(suspicions, each, other) || suspects(suspicions, other, each))
                .count();
        if (count > 0 && count >= most) { // Of equal ones the last, as the least decides ties.
          worst = each;
          most = count;
        }
      }
      if (most == 0) {
        return staying;
      }
      staying.remove(worst);
    }
  }

  private static boolean suspects(Set<Suspicion> suspicions, String observer, String subject) {
    return suspicions.contains(new Suspicion(observer, subject));
  }
}
