package io.dagwright.jvms;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.error.NotSerializableTaskException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;
import java.util.function.Supplier;

/** A program whose tasks captured lambdas of types that are not {@code Serializable}. */
final class PlainLambdas {

  private static final int BASE = 40;

  private final int offset;

  private PlainLambdas(int offset) {
    this.offset = offset;
  }

  private int plus(int x) {
    return x + offset;
  }

  @SuppressWarnings("UnnecessaryLambda") // It is what is sent.
  private Function<Integer, Integer> adding() {
    return x -> plus(x) + BASE; // Captures this.
  }

  public static void main(String[] arguments) {
    try (Node scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
        Jvm worker = Jvm.startBareWorker("bare", scheduler.address());
        Client client = scheduler.client()) {
      System.out.println("answers " + run(client, worker));
    } catch (NotSerializableTaskException e) {
      System.out.println("refused " + String.valueOf(e.getMessage()).replace('\n', ' '));
    }
  }

  private static List<Object> run(Client client, Jvm worker) {
    int captured = 2;
    Function<Integer, Integer> function = new PlainLambdas(captured).adding();
    Supplier<List<Integer>> constructor = ArrayList::new;
    BiFunction<String, String, String> unbound = String::concat;
    IntBinaryOperator primitive = (x, y) -> x * y + captured;
    Comparator<String> comparator = Comparator.comparing(text -> text.length());
    Supplier<Function<String, String>> nested = () -> text -> text + captured;
    Function<Integer, Integer> twice = function.compose(x -> x * 2); // Made inside the JDK.
    List<Object> answers = new ArrayList<>();
    answers.add(client.compute(Lazy.delayed(() -> function.apply(0))));
    answers.add(client.compute(Lazy.delayed(() -> constructor.get().size())));
    answers.add(client.compute(Lazy.delayed(() -> unbound.apply("a", "b"))));
    answers.add(client.compute(Lazy.delayed(() -> primitive.applyAsInt(3, 4))));
    answers.add(client.compute(Lazy.delayed(() -> comparator.compare("aaa", "b"))));
    answers.add(client.compute(Lazy.delayed(() -> nested.get().apply("n"))));
    // Back to us, and from there on to a worker again.
    Function<Integer, Integer> travelled = client.compute(Lazy.delayed(() -> function));
    answers.add(client.compute(Lazy.delayed(() -> travelled.apply(1))));
    answers.add(worker.isAlive());
    answers.add(twice.apply(1));
    return answers;
  }
}
