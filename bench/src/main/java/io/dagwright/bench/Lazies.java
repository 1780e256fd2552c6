package io.dagwright.bench;

import io.dagwright.Fn1;
import io.dagwright.Lazy;
import io.dagwright.graph.TaskGraph;
import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Shapes as a user of Dagwright would write them. */
final class Lazies {

  private Lazies() {}

  /** The graph whose only output is the shape's answer. */
  static TaskGraph graph(Shape shape) {
    return all(shape).get(shape.size - 1).graph();
  }

  /** A lazy for each task of the shape, by number. */
  static List<Lazy<Long>> all(Shape shape) {
    @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of generic types.
    Lazy<Long>[] lazies = new Lazy[shape.size];
    Map<Long, Fn1<List<Long>, Long>> spins = new HashMap<>();
    for (int i = 0; i < shape.size; i++) {
      lazies[i] = lazy(shape, i, lazies, spins);
    }
    return List.of(lazies);
  }

  private static Lazy<Long> lazy(
      Shape shape, int task, Lazy<Long>[] lazies, Map<Long, Fn1<List<Long>, Long>> spins) {
    byte operation = shape.operations[task];
    long argument = shape.arguments[task];
    int start = shape.offsets[task];
    if (shape.inputCount(task) == 0 && operation != Shape.COUNT) {
      return Lazy.delayed(argument, operation == Shape.SPIN ? Operations.SPIN : Operations.SAME);
    }
    if (operation == Shape.INCREMENT) {
      return lazies[shape.inputs[start]].map(Operations.INCREMENT);
    }
    Fn1<List<Long>, Long> function =
        switch (operation) {
          case Shape.SUM -> Operations.SUM;
          case Shape.SUM_AND_ONE -> Operations.SUM_AND_ONE;
          case Shape.COUNT -> Operations.COUNT;
          default -> spins.computeIfAbsent(argument, Operations::spinAfter);
        };
    List<Lazy<Long>> inputs =
        new AbstractList<>() {
          @Override
          public Lazy<Long> get(int index) {
            return lazies[shape.inputs[start + index]];
          }

          @Override
          public int size() {
            return shape.inputCount(task);
          }
        };
    return Lazy.all(inputs, function);
  }
}
