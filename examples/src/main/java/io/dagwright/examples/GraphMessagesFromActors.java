package io.dagwright.examples;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.protocol.GraphCommand;
import io.dagwright.protocol.GraphReply;
import io.dagwright.protocol.SubmitGraph;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Two services, each with actors of its own, send graphs to one cluster as messages and get the
 * results as messages. Neither service is a member of the cluster, and the actors know nothing of
 * it but the submitter on their own node.
 */
public final class GraphMessagesFromActors {

  private GraphMessagesFromActors() {}

  /** What a service's actor says when its graph has ended. */
  public record Report(String service, String text) {}

  public static void main(String[] arguments) throws InterruptedException {
    for (Report report : run()) {
      System.out.println(report.service() + ": " + report.text());
    }
  }

  static List<Report> run() throws InterruptedException {
    BlockingQueue<Report> reports = new LinkedBlockingQueue<>();
    NodeOptions options = NodeOptions.SCHEDULER.withProfile("laptop").withWorkers(1, 2);
    try (Node cluster = Node.start(options)) {
      ActorSystem<GraphReply> orders = service("orders", reports);
      ActorSystem<GraphReply> billing = service("billing", reports);
      try (Client one = Client.attach(orders, cluster.address());
          Client other = Client.attach(billing, cluster.address())) {
        submit(one.submitter(), orders, squares(10));
        submit(other.submitter(), billing, squares(100));
        return List.of(next(reports), next(reports));
      } finally {
        orders.terminate();
        billing.terminate();
      }
    }
  }

  private static void submit(
      ActorRef<GraphCommand> submitter, ActorRef<GraphReply> actor, Lazy<Integer> sum) {
    submitter.tell(SubmitGraph.of(sum.graph(), actor).withName("sum of squares"));
  }

  private static Lazy<Integer> squares(int count) {
    List<Lazy<Integer>> squares =
        IntStream.rangeClosed(1, count).mapToObj(i -> Lazy.delayed(i, n -> n * n)).toList();
    return Lazy.reduce(squares, 4, some -> some.stream().mapToInt(n -> n).sum());
  }

  /** A service whose main actor waits for what becomes of its graph. */
  private static ActorSystem<GraphReply> service(String name, BlockingQueue<Report> reports) {
    Behavior<GraphReply> behavior =
        Behaviors.receiveMessage(
            reply -> {
              if (reply instanceof GraphReply.GraphFinished finished) {
                reports.add(new Report(name, "the sum is " + finished.results().get(0)));
              } else if (reply instanceof GraphReply.GraphFailed failed) {
                reports.add(new Report(name, String.valueOf(failed.failure().getMessage())));
              }
              return Behaviors.same();
            });
    return ActorSystem.create(behavior, name);
  }

  private static Report next(BlockingQueue<Report> reports) throws InterruptedException {
    Report report = reports.poll(60, TimeUnit.SECONDS);
    return report == null ? new Report("nobody", "no answer came within a minute") : report;
  }
}
