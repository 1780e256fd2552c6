package io.dagwright.error;

import java.util.List;

/** A task was given up because workers died again and again while they may have been running it. */
public final class KilledWorkerException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final int deaths;
  private final List<Integer> exitCodes;

  /**
   * Creates one for a task that outlived too many workers.
   *
   * @param key the task
   * @param deaths how many workers were lost while possibly running it
   * @param exitCodes their exit codes as far as they are known, oldest first
   */
  public KilledWorkerException(String key, int deaths, List<Integer> exitCodes) {
    super(
        "Task ["
            + key
            + "] was lost with its worker "
            + deaths
            + " times (exit codes "
            + (exitCodes.isEmpty() ? "unknown" : exitCodes)
            + "), so it was not run again. Check the worker's log and memory, or raise"
            + " dagwright.scheduler.allowed-failures.");
    this.key = key;
    this.deaths = deaths;
    this.exitCodes = List.copyOf(exitCodes);
  }

  /**
   * Creates one whose message tells more.
   *
   * @param key the task's key
   * @param deaths how many workers died while it may have been running
   * @param exitCodes how they ended, where that is known
   * @param message the whole message
   */
  public KilledWorkerException(String key, int deaths, List<Integer> exitCodes, String message) {
    super(message);
    this.key = key;
    this.deaths = deaths;
    this.exitCodes = List.copyOf(exitCodes);
  }

  /** The key of the task. */
  public String key() {
    return key;
  }

  /** How many workers were lost while possibly running the task. */
  public int deaths() {
    return deaths;
  }

  /** The exit codes of those workers as far as they are known, oldest first. */
  public List<Integer> exitCodes() {
    return exitCodes;
  }
}
