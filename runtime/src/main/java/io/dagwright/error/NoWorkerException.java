package io.dagwright.error;

/** No worker may run a task: none is there, or none fits what the task asks for. */
public final class NoWorkerException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final String demand;

  /**
   * Creates one for a task nobody can run.
   *
   * @param key the task
   * @param demand what it asks for, such as {@code GPU=1}
   * @param available what is there instead, such as {@code 3 workers, none with GPU}
   */
  public NoWorkerException(String key, String demand, String available) {
    super(
        "Task ["
            + key
            + "] cannot run: it asks for ["
            + demand
            + "], but the cluster has ["
            + available
            + "]. Start a worker that offers it, or relax the task's annotations.");
    this.key = key;
    this.demand = demand;
  }

  /** The key of the task. */
  public String key() {
    return key;
  }

  /** What the task asks for. */
  public String demand() {
    return demand;
  }
}
