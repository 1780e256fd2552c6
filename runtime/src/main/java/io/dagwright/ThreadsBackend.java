package io.dagwright;

import io.dagwright.spi.ParallelBackend;
import java.util.function.UnaryOperator;

/** Makes calls in threads of this JVM, as many as the loop has jobs, which end with the loop. */
final class ThreadsBackend implements ParallelBackend {

  @Override
  public String name() {
    return Backends.THREADS;
  }

  @Override
  public int slots() {
    return Runtime.getRuntime().availableProcessors();
  }

  @Override
  public boolean batches() {
    return false;
  }

  @Override
  public boolean sharesMemory() {
    return true;
  }

  @Override
  public Pool open(int jobs) {
    GraphRunner threads = Schedulers.threads(jobs);
    return new RunnerPool(threads, UnaryOperator.identity(), threads::close);
  }
}
