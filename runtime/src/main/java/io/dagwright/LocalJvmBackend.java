package io.dagwright;

import io.dagwright.spi.ParallelBackend;
import java.util.List;

/** Makes calls in JVMs beside this one, which loops share and which end when idle. */
final class LocalJvmBackend implements ParallelBackend {

  private final LocalJvms jvms;
  private final List<String> flags;

  LocalJvmBackend(LocalJvms jvms, List<String> flags) {
    this.jvms = jvms;
    this.flags = List.copyOf(flags);
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
    return new RunnerPool(lease.client(), true, task -> task.workers(workers), lease::giveBack);
  }
}
