package io.dagwright.internal.node;

import io.dagwright.error.SchedulerLostException;
import io.dagwright.internal.local.WrongThreads;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Waits for stages, from threads that may wait. */
public final class Stages {

  private Stages() {}

  public static <T extends @Nullable Object> T join(
      CompletionStage<T> stage, String call, String twin) {
    WrongThreads.refuseToBlock(call, twin);
    try {
      return stage.toCompletableFuture().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw SchedulerLostException.notFound(
          "Waiting for the scheduler's answer was interrupted; nothing else has changed.");
    } catch (ExecutionException e) {
      throw SchedulerLostException.notFound(
          "The scheduler did not answer within dagwright.client.connect-timeout. Is its process"
              + " still there?");
    }
  }
}
