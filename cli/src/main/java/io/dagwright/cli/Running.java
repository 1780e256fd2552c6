package io.dagwright.cli;

import io.dagwright.Node;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps a command running until its process is told to end, by SIGTERM or Ctrl-C, or its thread is
 * interrupted; then ends what it runs, once.
 */
final class Running {

  private static final int FAREWELL_SECONDS = 90;

  private Running() {}

  static void until(Runnable end) {
    until(new CompletableFuture<>(), "", end);
  }

  /** A node that ends without being told to is a failure. */
  static void until(Node node, Runnable end) {
    until(node.whenEnded(), "This node had to give up; its log says why. Start it again.", end);
  }

  /**
   * What is over without being told to is a failure.
   *
   * @param failure what is said of it then
   */
  static void until(CompletionStage<Void> over, String failure, Runnable end) {
    CountDownLatch told = new CountDownLatch(1);
    AtomicBoolean asked = new AtomicBoolean();
    over.thenRun(told::countDown);
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              asked.set(true);
              told.countDown();
              awaitQuietly(ended);
            },
            "dagwright-end");
    Runtime.getRuntime().addShutdownHook(hook);
    boolean interrupted = false;
    try {
      told.await();
    } catch (InterruptedException e) {
      interrupted = true;
      asked.set(true);
      Runtime.getRuntime().removeShutdownHook(hook);
    }
    try {
      end.run();
    } finally {
      ended.countDown();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (!asked.get()) {
      Runtime.getRuntime().removeShutdownHook(hook);
      throw new CommandFailure(ExitCode.FAILED, failure);
    }
  }

  private static void awaitQuietly(CountDownLatch ended) {
    try {
      if (!ended.await(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(ExitCode.FAILED);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
