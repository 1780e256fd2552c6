package io.dagwright;

import io.dagwright.spi.ParallelBackend;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Hands batches to JVMs beside this one, as long as these can be started. */
record LocalJvmPool(RunnerPool pool, CompletableFuture<Void> failedStart)
    implements ParallelBackend.Pool {

  @Override
  public CompletionStage<List<@Nullable Object>> submit(ParallelBackend.Batch batch) {
    HostBatch onHost = new HostBatch(batch);
    try {
      CompletableFuture<List<@Nullable Object>> results = pool.submit(onHost).toCompletableFuture();
      return CompletableFuture.anyOf(results, failedStart)
          .whenComplete((any, failure) -> onHost.end())
          .thenApply(any -> results.join());
    } catch (RuntimeException e) {
      onHost.end();
      throw e;
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
