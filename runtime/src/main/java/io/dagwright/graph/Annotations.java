package io.dagwright.graph;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How a task wants to be run; says nothing about what it computes.
 *
 * @param retries how often a task that threw is run again, 0 or more; worker deaths count apart
 * @param priority larger runs first; 0 by default; equal priorities run in graph order
 * @param timeout longest time one run may take; zero means no limit
 * @param resources abstract amounts the worker must have free, such as {@code GPU=1}
 * @param workers names or hosts of the workers that may run it; empty means all
 * @param anyWorker whether other workers may take it when none of {@code workers} is there
 * @param pure whether running it twice is harmless; impure tasks are never copied speculatively
 * @param serializer name of the one for its function, argument and result; empty if it has no
 *     choice of its own
 * @param memory bytes of heap a run takes besides its inputs, at its peak; 0 if unknown, then what
 *     earlier runs of its prefix returned is expected
 */
public record Annotations(
    int retries,
    int priority,
    Duration timeout,
    Map<String, Double> resources,
    Set<String> workers,
    boolean anyWorker,
    boolean pure,
    String serializer,
    long memory)
    implements Serializable {

  /** No retries, priority 0, no limits, every worker, pure. */
  public static final Annotations NONE =
      new Annotations(0, 0, Duration.ZERO, Map.of(), Set.of(), false, true, "", 0);

  public Annotations {
    requireNonNull(timeout, "timeout");
    requireNonNull(serializer, "serializer");
    if (retries < 0) {
      throw new IllegalArgumentException("retries must be 0 or more, not " + retries);
    }
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    if (memory < 0) {
      throw new IllegalArgumentException("memory must be 0 bytes or more, not " + memory);
    }
    resources.forEach(
        (name, amount) -> {
          if (!(amount > 0) || amount.isInfinite()) {
            throw new IllegalArgumentException(
                "resource [" + name + "] must be a positive amount, not " + amount);
          }
        });
    resources = java.util.Collections.unmodifiableMap(new TreeMap<>(resources));
    workers = java.util.Collections.unmodifiableSet(new TreeSet<>(workers));
  }

  /** These annotations with another number of retries. */
  public Annotations withRetries(int count) {
    return new Annotations(
        count, priority, timeout, resources, workers, anyWorker, pure, serializer, memory);
  }

  /** These annotations with another priority. */
  public Annotations withPriority(int larger) {
    return new Annotations(
        retries, larger, timeout, resources, workers, anyWorker, pure, serializer, memory);
  }

  /** These annotations with another limit for one run; zero for none. */
  public Annotations withTimeout(Duration limit) {
    return new Annotations(
        retries, priority, limit, resources, workers, anyWorker, pure, serializer, memory);
  }

  /** These annotations with an amount the worker must have free, in place of one of that name. */
  public Annotations withResource(String name, double amount) {
    Map<String, Double> more = new TreeMap<>(resources);
    more.put(name, amount);
    return new Annotations(
        retries, priority, timeout, more, workers, anyWorker, pure, serializer, memory);
  }

  /** Restricts the task to workers with one of these names or hosts. */
  public Annotations withWorkers(Set<String> names) {
    return new Annotations(
        retries, priority, timeout, resources, names, anyWorker, pure, serializer, memory);
  }

  /** These annotations with or without leave for other workers. */
  public Annotations withAnyWorker(boolean others) {
    return new Annotations(
        retries, priority, timeout, resources, workers, others, pure, serializer, memory);
  }

  /** These annotations, marked as harmless to run twice or not. */
  public Annotations withPure(boolean harmlessTwice) {
    return new Annotations(
        retries,
        priority,
        timeout,
        resources,
        workers,
        anyWorker,
        harmlessTwice,
        serializer,
        memory);
  }

  /** These annotations with another serializer; empty for none of its own. */
  public Annotations withSerializer(String name) {
    return new Annotations(
        retries, priority, timeout, resources, workers, anyWorker, pure, name, memory);
  }

  /** These annotations with another peak of heap in bytes, besides inputs; 0 for unknown. */
  public Annotations withMemory(long bytes) {
    return new Annotations(
        retries, priority, timeout, resources, workers, anyWorker, pure, serializer, bytes);
  }
}
