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
    if (thread.getName().contains("-dispatcher-")) {
      throw new WrongThreadException(call, twin, thread.getName());
    }
    try {
      return stage.toCompletableFuture().get();
    } catch (InterruptedException e) {
      thread.interrupt();
      throw new SchedulerLostException("the thread that asked was interrupted");
    } catch (ExecutionException e) {
      throw new SchedulerLostException(String.valueOf(e.getCause()));
    }
  }
}
