package io.dagwright.jvms;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that a test starts, with the test's class path. It says lines and is told lines; it can be
 * killed, frozen and thawed from outside. Thread-safe; closing it kills it.
 */
public final class Jvm implements AutoCloseable {

  /** How long a loaded machine may take for anything a test waits for. */
  public static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The JDK that runs the tests. */
  public static final Path HOME = Path.of(System.getProperty("java.home"));

  private static final List<String> FLAGS =
      List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  private Jvm(Process process) {
    this.process = process;
  }

  /** Starts a JVM. It ends when this one does, provided its main class reads its input. */
  public static Jvm start(Class<?> main, String... arguments) {
    return start(HOME, System.getProperty("java.class.path"), main.getName(), List.of(arguments));
  }

  /** Starts a JVM with one more flag. */
  public static Jvm startWith(String flag, Class<?> main, String... arguments) {
    return startWith(HOME, flag, main, arguments);
  }

  /** As above, with the JDK at {@code home}. */
  public static Jvm startWith(Path home, String flag, Class<?> main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(flag, "-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return startJava(home, command);
  }

  /**
   * Starts a worker whose class path has the runtime and its libraries alone: nothing of these
   * tests and none of their libraries.
   */
  public static Jvm startBareWorker(String name, String scheduler, String... more) {
    return startBareWorker(HOME, name, scheduler, more);
  }

  /** As above, with the JDK at {@code home}. */
  public static Jvm startBareWorker(Path home, String name, String scheduler, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--parent-pipe", "--seed", scheduler, "--name", name, "--slots", "2"));
    arguments.addAll(List.of(more));
    return start(home, bareClassPath(), "io.dagwright.internal.node.WorkerMain", arguments);
  }

  /** The runtime and its libraries alone. */
  public static String bareClassPath() {
    List<String> classPath = new ArrayList<>();
    for (String place : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      boolean isOfTests =
          place.contains("multi-jvm-tests")
              || place.contains("assertj")
              || place.contains("awaitility")
              || place.contains("spring-boot-loader")
              || place.contains("junit");
      if (!isOfTests) {
        classPath.add(place);
      }
    }
    return String.join(File.pathSeparator, classPath);
  }

  private static Jvm start(Path home, String classPath, String main, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("-cp", classPath, main));
    command.addAll(arguments);
    return startJava(home, command);
  }

  /** Starts the {@code java} of the JDK at {@code home}. */
  public static Jvm startJava(Path home, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(FLAGS);
    if (Jdk.version(home) >= 24) {
      command.add(Jdk.UNSAFE_ALLOWED);
    }
    command.addAll(arguments);
    return startCommand(command);
  }

  /** Starts a program that runs in a JVM. */
  public static Jvm startCommand(List<String> command) {
    try {
      Jvm jvm = new Jvm(new ProcessBuilder(command).redirectErrorStream(true).start());
      Thread listener = new Thread(jvm::listen, command.get(0) + "-" + jvm.pid());
      listener.setDaemon(true);
      listener.start();
      return jvm;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void listen() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        hear(line);
      }
    } catch (IOException e) {
      hear(e.toString());
    } finally {
      end();
    }
  }

  private synchronized void hear(String line) {
    lines.add(line);
    notifyAll();
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Waits for a line that starts with this, and gives the rest of it. */
  public synchronized String awaitLine(String start) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int next = 0;
    while (true) {
      for (; next < lines.size(); next++) {
        if (lines.get(next).startsWith(start)) {
          return lines.get(next).substring(start.length());
        }
      }
      long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (ended || leftMillis <= 0) {
        throw new AssertionError("never said [" + start + "], but " + lines);
      }
      wait(leftMillis);
    }
  }

  /** What it has said so far. */
  public synchronized List<String> said() {
    return List.copyOf(lines);
  }

  /** Writes a line to its standard input. */
  public void say(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end, and gives its exit code. */
  public int awaitExit() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("has not ended; it said " + lines);
    }
    return process.exitValue();
  }

  /** Ends a process at once, without a word from it. */
  public static void kill(long pid) {
    signal("KILL", pid);
  }

  /** Stops all threads of a process, as a very long pause would. */
  public static void freeze(long pid) {
    signal("STOP", pid);
  }

  /** Lets a frozen process go on. */
  public static void thaw(long pid) {
    signal("CONT", pid);
  }

  private static void signal(String name, long pid) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("cannot send " + name + " to process " + pid);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
