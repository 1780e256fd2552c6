package io.dagwright.internal.supervisor;

import io.dagwright.error.WorkerStartException;
import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.wire.ProcessEnd;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker of a supervisor: its process, and those that follow it when it ends. A process is told
 * by a line on its standard input to {@code leave}, or to {@code end} at once; it ends when its
 * input does, which happens when this JVM ends. Thread-safe.
 */
final class Child {

  private static final Logger LOG = LoggerFactory.getLogger(Child.class);

  /** A worker that leaves gives up after a minute and needs some more seconds to end. */
  private static final long LEAVE_SECONDS = 80;

  private enum Wish {
    RUN,
    LEAVE,
    END
  }

  final String name;
  private final int number;
  private final WorkerProcesses owner;
  private final Path slotFile;
  private final CrashLoop crashLoop;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile boolean wasUp;

  // Guarded by this.
  private Wish wish = Wish.RUN;
  private @Nullable Life life;

  /** Where the last process that had joined found its scheduler; the next one will, too. */
  private String scheduler = "";

  /** One process. */
  private static final class Life {
    final Process process;
    final Output output;
    final long incarnation;
    final long limitBytes;
    final long startedNanos = System.nanoTime();

    /** What the supervisor ended it for; empty if it did not. */
    volatile String terminated = "";

    /** The most it was seen to take. */
    volatile long peakBytes;

    Life(Process process, Output output, long incarnation, long limitBytes) {
      this.process = process;
      this.output = output;
      this.incarnation = incarnation;
      this.limitBytes = limitBytes;
    }
  }

  Child(WorkerProcesses owner, String name, int number) {
    this.owner = owner;
    this.name = name;
    this.number = number;
    this.slotFile = owner.directory.resolve(number + ".slots");
    this.crashLoop = new CrashLoop(owner.settings.restart());
  }

  void start() {
    long limitBytes = owner.memoryLimitBytes();
    synchronized (this) {
      if (wish != Wish.RUN) {
        return;
      }
      long incarnation = System.currentTimeMillis() << 16;
      try {
        Files.deleteIfExists(slotFile);
        Process process =
            new ProcessBuilder(command(incarnation, limitBytes)).redirectErrorStream(true).start();
        Life started = new Life(process, new Output(name, process), incarnation, limitBytes);
        life = started;
        Thread waiter = new Thread(() -> awaitExit(started), "dagwright-exit-" + name);
        waiter.setDaemon(true);
        waiter.start();
        return;
      } catch (IOException e) {
        LOG.warn("The process of worker [{}] cannot be started: {}", name, e.getMessage());
      }
    }
    startAgain(
        crashLoop.onEnd(Duration.ZERO, false, System.nanoTime()), "no process at all", List.of());
  }

  private List<String> command(long incarnation, long limitBytes) {
    WorkerProcesses.Spec spec = owner.spec;
    List<String> command =
        new ArrayList<>(
            owner.jvm.command(
                spec.jvmFlags(),
                spec.slots(),
                (long) (limitBytes * owner.settings.memory().heapShare()),
                spec.classPath(),
                owner.entry.main()));
    command.addAll(List.of("--seed", String.join(",", owner.entry.seeds())));
    command.addAll(List.of("--profile", spec.profile()));
    command.addAll(List.of("--name", name));
    command.addAll(List.of("--slots", Integer.toString(spec.slots())));
    command.addAll(List.of("--slot-file", slotFile.toString()));
    command.addAll(List.of("--incarnation", Long.toString(incarnation)));
    command.add("--parent-pipe");
    spec.resources()
        .forEach(
            (resource, amount) -> command.addAll(List.of("--resource", resource + "=" + amount)));
    spec.settings()
        .forEach((path, value) -> command.addAll(List.of("--setting", path + "=" + value)));
    owner
        .entry
        .ports()
        .forEach(
            (path, port) ->
                command.addAll(List.of("--setting", path + "=" + (port == 0 ? 0 : port + number))));
    return command;
  }

  /** Whether any of its processes ever got so far that it was a worker. */
  boolean wasUp() {
    return wasUp || isUp();
  }

  private boolean isUp() {
    return Files.exists(slotFile);
  }

  synchronized OptionalLong pid() {
    return life != null && life.process.isAlive()
        ? OptionalLong.of(life.process.pid())
        : OptionalLong.empty();
  }

  /** Ends the process if it takes too much. */
  void checkMemory() {
    Life now;
    synchronized (this) {
      now = life;
    }
    if (now == null || !now.terminated.isEmpty() || !now.process.isAlive()) {
      return;
    }
    double share = owner.settings.memory().terminateShare();
    long bytes = ProcessMemory.of(now.process.pid()).orElse(0);
    now.peakBytes = Math.max(now.peakBytes, bytes);
    if (bytes > share * now.limitBytes) {
      now.terminated =
          ", terminated at "
              + bytes
              + " of "
              + now.limitBytes
              + " bytes (dagwright.worker.memory.terminate = "
              + share
              + ")";
      now.process.destroyForcibly();
    }
  }

  /** Lets the worker leave; completed when its process has ended. */
  CompletableFuture<Void> leave() {
    synchronized (this) {
      if (wish == Wish.RUN) {
        wish = Wish.LEAVE;
        Life now = life;
        if (now == null) {
          finish();
        } else {
          tell(now, "leave");
          owner.killLater(now.process, LEAVE_SECONDS);
        }
      }
    }
    return ended;
  }

  /** Tells the process to end at once. */
  synchronized void end() {
    wish = Wish.END;
    Life now = life;
    if (now == null) {
      finish();
    } else if (isUp()) {
      tell(now, "end");
    } else {
      now.process.destroyForcibly(); // It holds nothing yet, and does not listen.
    }
  }

  private void tell(Life now, String order) {
    try {
      Writer orders = now.process.outputWriter(StandardCharsets.UTF_8);
      orders.write(order + "\n");
      orders.flush();
    } catch (IOException e) {
      LOG.debug("Worker [{}] has ended already", name, e);
    }
  }

  /** After {@link #end}. */
  void awaitEnd(long deadline) {
    Life now;
    synchronized (this) {
      now = life;
    }
    if (now == null) {
      finish();
      return;
    }
    try {
      if (!now.process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        LOG.warn("The process of worker [{}] did not end in time, and is killed", name);
        now.process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      now.process.destroyForcibly();
    }
    finish();
  }

  /** There will be no other process. */
  private void finish() {
    try {
      Files.deleteIfExists(slotFile);
    } catch (IOException e) {
      LOG.debug("A slot file stays behind", e);
    }
    ended.complete(null);
  }

  /** On a thread of its own: all others may be busy when it has to be quick. */
  private void awaitExit(Life of) {
    try {
      int code = of.process.waitFor();
      onExit(of, code, of.output.lastLines());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Nobody does that.
    }
  }

  private void onExit(Life of, int code, List<String> said) {
    Duration lived = Duration.ofNanos(System.nanoTime() - of.startedNanos);
    List<SlotFile.Line> running = SlotFile.read(slotFile);
    String exit = ExitStatus.text(code, WorkerJvm.HAS_SIGNALS) + of.terminated;
    Wish wished;
    String address;
    synchronized (this) {
      life = null;
      wasUp |= isUp();
      wished = wish;
      scheduler = SlotFile.readScheduler(slotFile).orElse(scheduler);
      address = scheduler;
    }
    if (wished == Wish.END || (wished == Wish.LEAVE && code == 0)) {
      finish(); // Nothing is news of that.
      return;
    }
    OptionalLong pauseNanos =
        wished == Wish.LEAVE
            ? OptionalLong.empty()
            : crashLoop.onEnd(lived, !running.isEmpty() || code == 0, System.nanoTime());
    String end =
        wished == Wish.LEAVE || pauseNanos.isPresent() ? exit : exit + "; it is not started again";
    try {
      owner.reports.tell(
          new ExitReport(name, of.incarnation, end + saidLast(said), running, processEnd(of, code)),
          address);
    } catch (RuntimeException e) { // It is to be started again all the same.
      LOG.warn("How worker process [{}] ended could not be told to [{}]", name, address, e);
    }
    if (wished == Wish.LEAVE) {
      finish();
      return;
    }
    LOG.warn("Worker process [{}] ended: {}{}", name, exit, saidLast(said));
    if (!wasUp && !ExitStatus.isSignal(code, WorkerJvm.HAS_SIGNALS)) {
      owner.startFailed(new WorkerStartException(name, exit, said, owner.spec.jvmFlags()));
    }
    startAgain(pauseNanos, exit, said);
  }

  private ProcessEnd processEnd(Life of, int code) {
    ProcessEnd.Cause cause =
        of.terminated.isEmpty()
            ? ExitStatus.cause(code, WorkerJvm.HAS_SIGNALS)
            : ProcessEnd.Cause.LIMIT;
    long endedAt = (long) (owner.settings.memory().terminateShare() * of.limitBytes);
    return new ProcessEnd(cause, of.peakBytes, of.limitBytes, endedAt);
  }

  private void startAgain(OptionalLong pauseNanos, String exit, List<String> said) {
    if (pauseNanos.isPresent()) {
      owner.startLater(this, pauseNanos.getAsLong());
      return;
    }
    SupervisorSettings.Restart settings = owner.settings.restart();
    LOG.error(
        "Worker [{}] is not started again: its process ended {} times within {} s without a task"
            + " to blame, the last time with {}{}\nMend what it says, its JVM flags {} or its"
            + " settings, and start it anew. The limit is"
            + " dagwright.worker.processes.crash-loop-ends.",
        name,
        settings.crashLoopEnds(),
        settings.crashLoopWithin().toSeconds(),
        exit,
        saidLast(said),
        owner.spec.jvmFlags());
    finish();
    owner.giveUp(this);
  }

  private static String saidLast(List<String> lines) {
    return lines.isEmpty()
        ? ""
        : "\nThe last lines of its output:\n  " + String.join("\n  ", lines);
  }
}
