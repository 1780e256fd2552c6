package io.dagwright;

import io.dagwright.spi.ParallelBackend;
import java.util.ArrayList;
import java.util.List;

/** Makes calls in JVMs beside this one, which loops share and which end when idle. */
final class LocalJvmBackend implements ParallelBackend {

  private final LocalJvms jvms;
  private final List<String> flags;

  LocalJvmBackend(LocalJvms jvms, List<String> flags) {
    this.jvms = jvms;
    this.flags = List.copyOf(flags);
  }

  /** This with JVMs that take the machine for one with so many processors. */
  LocalJvmBackend withInnerThreads(int threads) {
    List<String> more = new ArrayList<>(flags);
    more.add("-XX:ActiveProcessorCount=" + threads);
    more.add("-Djava.util.concurrent.ForkJoinPool.common.parallelism=" + threads);
    return new LocalJvmBackend(jvms, more);
  }

  @Override
  public String name() {
    return Backends.LOCAL_JVM;
  }

  @Override
  public int slots() {
    return Runtime.getRuntime().availableProcessors();
  }

  @Override
  public Pool open(int jobs) {
    LocalJvms.Lease lease = jvms.lease(jobs, flags);
    String[] workers = lease.workers().toArray(new String[0]);
    return new LocalJvmPool(
        new RunnerPool(lease.client(), task -> task.workers(workers), lease::giveBack),
        lease.cluster().failedStart());
  }
}
