package io.dagwright.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a command running until its process is told to end, by SIGTERM or Ctrl-C, or its thread is
 * interrupted; then ends what it runs, once.
 */
final class Running {

  private static final int FAREWELL_SECONDS = 90;

  private Running() {}

  static void until(Runnable end) {
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
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
