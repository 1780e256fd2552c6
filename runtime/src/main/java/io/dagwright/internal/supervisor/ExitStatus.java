package io.dagwright.internal.supervisor;

import io.dagwright.internal.wire.ProcessEnd;
import java.util.Map;

/** What the number means with which a worker's process ended. */
public final class ExitStatus {

  /** A worker's process ends itself with this when it is out of memory outside of tasks. */
  public static final int OUT_OF_MEMORY = 77;

  /** Pekko ends the process with this when one of its threads is out of memory. */
  private static final int FATAL = 255;

  /** Signals by their numbers, which are the same on all systems that have them. */
  private static final Map<Integer, String> SIGNALS =
      Map.of(
          2, "SIGINT",
          3, "SIGQUIT",
          4, "SIGILL",
          6, "SIGABRT: a fault in the JVM or in native code",
          8, "SIGFPE",
          9, "SIGKILL: by somebody, or by the system for want of memory",
          11, "SIGSEGV: a fault in native code",
          15, "SIGTERM");

  private ExitStatus() {}

  /**
   * In words.
   *
   * @param signals whether the system has signals, so that codes above 128 mean them
   */
  static String text(int code, boolean signals) {
    String text = "exit code " + code;
    if (code == OUT_OF_MEMORY) {
      return text + ", out of memory outside of tasks";
    }
    if (code == FATAL) {
      return text + ", a fatal error outside of tasks, such as an OutOfMemoryError";
    }
    if (!isSignal(code, signals)) {
      return text;
    }
    String name = SIGNALS.get(code - 128);
    return text + ", killed by signal " + (code - 128) + (name == null ? "" : " (" + name + ")");
  }

  /** What ended the process, as far as the number tells. */
  static ProcessEnd.Cause cause(int code, boolean signals) {
    if (code == OUT_OF_MEMORY || code == FATAL) {
      return ProcessEnd.Cause.HEAP;
    }
    return isSignal(code, signals) ? ProcessEnd.Cause.KILLED : ProcessEnd.Cause.UNKNOWN;
  }

  /** Whether somebody ended the process, rather than it itself. */
  static boolean isSignal(int code, boolean signals) {
    return signals && code > 128 && code <= 128 + 64;
  }
}
