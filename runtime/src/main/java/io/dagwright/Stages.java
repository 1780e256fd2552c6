package io.dagwright;

import io.dagwright.error.SchedulerLostException;
import io.dagwright.error.WrongThreadException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Waits for stages, from threads that may wait. */
final class Stages {

  private Stages() {}

  static <T extends @Nullable Object> T join(CompletionStage<T> stage, String call, String twin) {
    Thread thread = Thread.currentThread();
    if (thread.getName().contains("-dispatcher-") && !thread.getName().contains("blocking")) {
      throw new WrongThreadException(call, twin, thread.getName());
    }
    try {
      return stage.toCompletableFuture().get();
    } catch (InterruptedException e) {
      thread.interrupt();
      throw SchedulerLostException.notFound(
          "Waiting for the scheduler's answer was interrupted; nothing else has changed.");
    } catch (ExecutionException e) {
      throw SchedulerLostException.notFound(
          "The scheduler did not answer within dagwright.client.connect-timeout. Is its process"
              + " still there?");
    }
  }
}
