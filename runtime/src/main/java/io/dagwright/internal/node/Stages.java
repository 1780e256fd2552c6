package io.dagwright.internal.node;

import io.dagwright.error.GraphCancelledException;
import io.dagwright.error.SchedulerLostException;
import io.dagwright.internal.executor.SlotPool;
import io.dagwright.internal.local.WrongThreads;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits, on threads that may wait. */
public final class Stages {

  private Stages() {}

  /**
   * Takes from a queue that tasks fill, and lets others have the slot, or the place in a pool, of
   * the task that waits.
   *
   * @param nanos the longest time to wait
   * @param call what waits, should it be refused
   * @param twin what to use instead
   * @return null if there was nothing in time
   */
  public static <T> @Nullable T poll(BlockingQueue<T> queue, long nanos, String call, String twin)
      throws InterruptedException {
    T there = queue.poll();
    if (there != null) {
      return there;
    }
    WrongThreads.refuseToBlock(call, twin);
    Poll<T> poll = new Poll<>(queue, nanos);
    try {
      SlotPool.block(
          () -> {
            ForkJoinPool.managedBlock(poll);
            return poll;
          });
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return poll.taken;
  }

  private static final class Poll<T> implements ForkJoinPool.ManagedBlocker {

    private final BlockingQueue<T> queue;
    private final long nanos;
    private @Nullable T taken;

    Poll(BlockingQueue<T> queue, long nanos) {
      this.queue = queue;
      this.nanos = nanos;
    }

    @Override
    public boolean isReleasable() {
      taken = taken == null ? queue.poll() : taken;
      return taken != null;
    }

    @Override
    public boolean block() throws InterruptedException {
      taken = queue.poll(nanos, TimeUnit.NANOSECONDS);
      return true;
    }
  }

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

  /**
   * Waits for what itself says why it failed.
   *
   * @param call what waits, should it be refused
   * @param twin what to use instead
   */
  public static <T extends @Nullable Object> T await(
      CompletionStage<T> stage, String call, String twin) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    if (!future.isDone()) {
      WrongThreads.refuseToBlock(call, twin);
    }
    try {
      return SlotPool.block(future::get);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GraphCancelledException(call, "the thread that waited for it was interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(e.getCause());
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
