package io.dagwright;

import io.dagwright.graph.GraphOptions;
import io.dagwright.graph.GraphRun;
import io.dagwright.internal.serialization.Values;
import io.dagwright.spi.ParallelBackend;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Runs each batch as a graph of one task. */
final class RunnerPool implements ParallelBackend.Pool {

  private static final Fn1<ParallelBackend.Batch, Values> CALL =
      batch -> new Values(batch.call().toArray());

  private final GraphRunner runner;
  private final UnaryOperator<Lazy<Values>> annotate;
  private final Runnable letGo;
  private final Set<GraphRun> running = ConcurrentHashMap.newKeySet();

  /**
   * Creates one.
   *
   * @param annotate says where tasks may run
   * @param letGo called when the loop has ended
   */
  RunnerPool(GraphRunner runner, UnaryOperator<Lazy<Values>> annotate, Runnable letGo) {
    this.runner = runner;
    this.annotate = annotate;
    this.letGo = letGo;
  }

  @Override
  public CompletionStage<List<@Nullable Object>> submit(ParallelBackend.Batch batch) {
    Lazy<Values> task = annotate.apply(Lazy.delayed(batch, CALL).named(batch.name()));
    GraphRun run =
        runner.start(
            task.graph(),
            ComputeOptions.DEFAULT.withName(batch.name()).withGraph(GraphOptions.NONE));
    running.add(run);
    return run.results()
        .whenComplete((results, failure) -> running.remove(run))
        .thenApply(results -> RunFuture.<Values>only(results).list());
  }

  @Override
  public void close() {
    running.forEach(run -> run.cancel("its loop has ended"));
    letGo.run();
  }
}
