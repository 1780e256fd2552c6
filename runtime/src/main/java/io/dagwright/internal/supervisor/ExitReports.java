package io.dagwright.internal.supervisor;

/** Who tells the scheduler how worker processes ended. */
public interface ExitReports extends AutoCloseable {

  /**
   * Passes a report on, without waiting.
   *
   * @param scheduler where the worker's scheduler takes reports, {@code host:port}; empty if the
   *     worker never found one
   */
  void tell(ExitReport report, String scheduler);

  @Override
  default void close() {}
}
