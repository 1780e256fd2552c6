package io.dagwright.bench;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * Shapes as one would write them by hand with the JDK alone: a {@link CompletableFuture} per task.
 * No keys, no cancelling, no retries, no progress, no priorities.
 */
final class Futures {

  private Futures() {}

  static long run(Shape shape, Executor executor) {
    @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of generic types.
    CompletableFuture<Long>[] futures = new CompletableFuture[shape.size];
    for (int i = 0; i < shape.size; i++) {
      futures[i] = future(shape, i, futures, executor);
    }
    return futures[shape.size - 1].join();
  }

  private static CompletableFuture<Long> future(
      Shape shape, int task, CompletableFuture<Long>[] futures, Executor executor) {
    byte operation = shape.operations[task];
    long argument = shape.arguments[task];
    int start = shape.offsets[task];
    int count = shape.inputCount(task);
    if (count == 0) {
      return CompletableFuture.supplyAsync(
          () -> operation == Shape.SPIN ? Operations.spin(argument) : (Long) argument, executor);
    }
    if (count == 1) {
      UnaryOperator<Long> one = a -> compute(operation, argument, a, 1);
      return futures[shape.inputs[start]].thenApplyAsync(one, executor);
    }
    if (count == 2) {
      BinaryOperator<Long> two = (a, b) -> compute(operation, argument, a + b, 2);
      return futures[shape.inputs[start]].thenCombineAsync(
          futures[shape.inputs[start + 1]], two, executor);
    }
    CompletableFuture<?>[] inputs = new CompletableFuture<?>[count];
    for (int k = 0; k < count; k++) {
      inputs[k] = futures[shape.inputs[start + k]];
    }
    return CompletableFuture.allOf(inputs)
        .thenApplyAsync(nothing -> compute(operation, argument, sum(inputs), count), executor);
  }

  private static long sum(CompletableFuture<?>[] inputs) {
    long sum = 0;
    for (CompletableFuture<?> input : inputs) {
      sum += (Long) input.join();
    }
    return sum;
  }

  private static long compute(byte operation, long argument, long sum, int count) {
    return switch (operation) {
      case Shape.SUM -> sum;
      case Shape.INCREMENT -> sum + 1;
      case Shape.SUM_AND_ONE -> sum + 1 & 0xFFFFFFFFL;
      case Shape.COUNT -> count;
      case Shape.SPIN -> Operations.spin(argument);
      default -> throw new IllegalArgumentException("operation " + operation + " has no inputs");
    };
  }
}
