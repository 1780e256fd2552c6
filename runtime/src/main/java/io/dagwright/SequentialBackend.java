package io.dagwright;

import io.dagwright.spi.ParallelBackend;

/** One slot: loops with one job make their calls themselves, in the thread that waits for them. */
final class SequentialBackend implements ParallelBackend {

  @Override
  public String name() {
    return Backends.SEQUENTIAL;
  }

  @Override
  public int slots() {
    return 1;
  }

  @Override
  public boolean sharesMemory() {
    return true;
  }

  @Override
  public Pool open(int jobs) {
    throw new IllegalStateException("a sequential loop needs no pool");
  }
}
