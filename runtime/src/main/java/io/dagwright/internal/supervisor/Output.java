package io.dagwright.internal.supervisor;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker's process prints: it goes to the log of this JVM under the worker's name, and the
 * last of it is kept for the report of its end. Thread-safe.
 */
final class Output {

  private static final Logger LOG = LoggerFactory.getLogger(Output.class);
  private static final int LINES = 20;
  private static final int LINE_CHARS = 400;

  /**
   * How long what an ended process said may take to arrive here; it does only if others, started by
   * tasks, still hold its output. Less than the scheduler waits for the report.
   */
  private static final long LAST_WORDS_MILLIS = 100;

  private final Deque<String> last = new ArrayDeque<>();
  private final Thread listener;

  Output(String worker, Process process) {
    Logger log = LoggerFactory.getLogger("io.dagwright.worker." + worker);
    listener =
        new Thread(
            () -> {
              try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  log.info("{}", line);
                  keep(line);
                }
              } catch (IOException e) {
                LOG.debug("The output of a worker process ended", e);
              }
            },
            "dagwright-output-" + worker);
    listener.setDaemon(true);
    listener.start();
  }

  private void keep(String line) {
    synchronized (last) {
      if (last.size() == LINES) {
        last.removeFirst();
      }
      last.addLast(line.length() > LINE_CHARS ? line.substring(0, LINE_CHARS) + "…" : line);
    }
  }

  /** The last lines of a process that has ended. */
  List<String> lastLines() throws InterruptedException {
    listener.join(LAST_WORDS_MILLIS);
    synchronized (last) {
      return List.copyOf(last);
    }
  }
}
