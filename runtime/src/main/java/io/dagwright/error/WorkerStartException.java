package io.dagwright.error;

import java.util.List;

/** A JVM that was started for workers ended before it was one. */
public final class WorkerStartException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String exit;
  private final List<String> output;

  /**
   * Creates one for a JVM.
   *
   * @param worker its name
   * @param exit how it ended
   * @param output the last lines it printed
   * @param flags that it was started with
   */
  public WorkerStartException(String worker, String exit, List<String> output, List<String> flags) {
    super(
        "The JVM of worker ["
            + worker
            + "] ended before it was up, with "
            + exit
            + (output.isEmpty() ? "" : ". It said last:\n  " + String.join("\n  ", output) + "\n")
            + (output.isEmpty() ? ". " : "")
            + "Its flags were "
            + flags
            + "; correct what is wrong with them, or with the settings it shares with this JVM.");
    this.exit = exit;
    this.output = List.copyOf(output);
  }

  /** How it ended, such as {@code exit code 1}. */
  public String exit() {
    return exit;
  }

  /** The last lines it printed, 20 at most. */
  public List<String> output() {
    return output;
  }
}
