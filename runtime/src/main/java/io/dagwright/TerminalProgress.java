package io.dagwright;

import io.dagwright.graph.Progress;
import io.dagwright.graph.ProgressListener;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows the progress of one graph on the standard error stream: a bar on a terminal, else a plain
 * line now and then. Use a new one for each graph.
 */
public final class TerminalProgress implements ProgressListener {

  private static final Duration LINE_EVERY = Duration.ofSeconds(5);
  private static final int BAR_MILLIS = 100;

  /**
   * Not asked of the terminal: the library that would be asked takes the JVM's handler of Ctrl-C
   * away, and with it all shutdown hooks.
   */
  private static final int BAR_COLUMNS = 79;

  private final PrintStream out;
  private final boolean terminal;
  private @Nullable ProgressBar bar;
  private Duration nextLine = LINE_EVERY;

  /** Writes to standard error, with a bar if the JVM's console is a terminal. */
  public TerminalProgress() {
    this(System.err, onTerminal());
  }

  TerminalProgress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void onProgress(Progress progress) {
    if (terminal) {
      drawBar(progress);
    } else if (progress.ended() || progress.elapsed().compareTo(nextLine) >= 0) {
      nextLine = progress.elapsed().plus(LINE_EVERY);
      out.println(line(progress));
    }
  }

  private void drawBar(Progress progress) {
    ProgressBar shown = bar;
    if (shown == null) {
      shown =
          new ProgressBarBuilder()
              .setTaskName(progress.graph())
              .setInitialMax(progress.total())
              .setUpdateIntervalMillis(BAR_MILLIS)
              .setStyle(ProgressBarStyle.ASCII)
              .setConsumer(new ConsoleProgressBarConsumer(out, BAR_COLUMNS))
              .build();
      bar = shown;
    }
    shown.maxHint(progress.total()); // Loops find out as they go.
    shown.stepTo(progress.finished());
    if (progress.failed() > 0) {
      shown.setExtraMessage("failed: " + progress.failed());
    }
    if (progress.ended()) {
      shown.close();
    }
  }

  @SuppressWarnings(
      "SystemConsoleNull") // Both answers are asked for: null before JDK 22, then this.
  private static boolean onTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true; // Before JDK 22 there is a console only on a terminal.
    }
  }

  private static String line(Progress progress) {
    return progress.graph()
        + ": "
        + progress.finished()
        + " of "
        + progress.total()
        + " tasks"
        + (progress.failed() > 0 ? ", " + progress.failed() + " failed" : "")
        + (progress.ended() ? ", ended after " : ", ")
        + progress.elapsed().toMillis() / 1000.0
        + " s";
  }
}
