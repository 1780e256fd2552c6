package io.dagwright.internal.node;

import io.dagwright.graph.TaskKey;
import io.dagwright.internal.actor.ClusterRun;
import io.dagwright.internal.actor.ClusterScheduler;
import io.dagwright.internal.actor.EncodedValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What one client has scattered by content: whoever scatters the same again gets what is there.
 * Thread-safe.
 */
final class Scatterings {

  /** Hexadecimal digits of a content's hash in a key. */
  private static final int HASH_DIGITS = 32;

  /** How values are scattered. */
  record Spread(int copies, Set<String> workers, boolean byContent, boolean keptByClient) {}

  /** What must be equal for two values to be one. */
  private record Content(TaskKey key, Spread spread) {}

  /** One value on the workers, and how many have it. */
  private static final class Shared {
    final ClusterRun run;
    final int row;
    int users;

    Shared(ClusterRun run, int row) {
      this.run = run;
      this.row = row;
    }
  }

  private final ClusterScheduler graphs;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Content, Shared> contents = new HashMap<>();

  Scatterings(ClusterScheduler graphs) {
    this.graphs = graphs;
  }

  /**
   * Scatters values.
   *
   * @param names what to call each; an empty one gets a name
   */
  List<KeptValue> scatter(
      List<String> names, List<? extends @Nullable Object> values, Spread spread) {
    Map<TaskKey, EncodedValue> encoded = new LinkedHashMap<>();
    List<TaskKey> keys = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      EncodedValue value = graphs.encode(values.get(i));
      TaskKey key = key(names.get(i), value, spread);
      keys.add(key);
      encoded.putIfAbsent(key, value);
    }
    synchronized (contents) {
      Map<TaskKey, Shared> there = spread.byContent ? known(encoded, spread) : Map.of();
      Map<TaskKey, EncodedValue> missing = new LinkedHashMap<>(encoded);
      missing.keySet().removeAll(there.keySet());
      Map<TaskKey, Shared> all = new HashMap<>(there);
      all.putAll(send(missing, spread));
      return keys.stream().map(key -> handle(key, all.get(key), spread)).toList();
    }
  }

  private TaskKey key(String name, EncodedValue value, Spread spread) {
    String prefix = name.isEmpty() ? "scatter" : name;
    if (spread.byContent) {
      return new TaskKey(prefix, value.contentHash().substring(0, HASH_DIGITS));
    }
    return name.isEmpty()
        ? new TaskKey(prefix, Integer.toString(numbers.incrementAndGet()))
        : TaskKey.of(name);
  }

  /** What is there already; a value that was lost meanwhile is not. */
  private Map<TaskKey, Shared> known(Map<TaskKey, EncodedValue> wanted, Spread spread) {
    Map<TaskKey, Shared> there = new HashMap<>();
    for (TaskKey key : wanted.keySet()) {
      Shared shared = contents.get(new Content(key, spread));
      if (shared != null && !shared.run.isFailed(shared.row)) {
        there.put(key, shared);
      }
    }
    return there;
  }

  private Map<TaskKey, Shared> send(Map<TaskKey, EncodedValue> values, Spread spread) {
    if (values.isEmpty()) {
      return Map.of();
    }
    List<TaskKey> keys = List.copyOf(values.keySet());
    ClusterRun run =
        graphs.scatter(
            keys, List.copyOf(values.values()), spread.copies, spread.workers, spread.keptByClient);
    Map<TaskKey, Shared> sent = new HashMap<>();
    for (int row = 0; row < keys.size(); row++) {
      Shared shared = new Shared(run, row);
      sent.put(keys.get(row), shared);
      if (spread.byContent) {
        contents.put(new Content(keys.get(row), spread), shared);
      }
    }
    return sent;
  }

  private KeptValue handle(TaskKey key, @Nullable Shared shared, Spread spread) {
    if (shared == null) {
      throw new IllegalStateException("nothing was scattered as " + key);
    }
    shared.users++;
    return new KeptValue(
        new KeptGraph(shared.run), shared.row, key, () -> leave(new Content(key, spread), shared));
  }

  private void leave(Content content, Shared shared) {
    synchronized (contents) {
      if (--shared.users > 0) {
        return;
      }
      contents.remove(content, shared);
    }
    shared.run.release(shared.row);
  }
}
