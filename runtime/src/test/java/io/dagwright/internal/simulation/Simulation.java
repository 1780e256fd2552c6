package io.dagwright.internal.simulation;

import io.dagwright.internal.wire.Protocol;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Long runs of the simulator: {@code Simulation from to [threads]} tries seeds and prints those
 * that fail; {@code Simulation seed} replays one and prints what happened.
 */
public final class Simulation {

  private Simulation() {}

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length == 1) {
      replay(Long.parseLong(arguments[0]));
      return;
    }
    long from = Long.parseLong(arguments[0]);
    long to = Long.parseLong(arguments[1]);
    int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
    AtomicLong next = new AtomicLong(from);
    AtomicLong steps = new AtomicLong();
    AtomicLong failures = new AtomicLong();
    long started = System.nanoTime();
    Thread[] running = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      running[i] =
          new Thread(
              () -> {
                for (long seed = next.getAndIncrement(); seed < to; seed = next.getAndIncrement()) {
                  try {
                    steps.addAndGet(new VirtualCluster(seed).run());
                  } catch (RuntimeException e) {
                    failures.incrementAndGet();
                    String text = String.valueOf(e.getMessage());
                    System.out.println("FAILED " + text.lines().findFirst().orElse(""));
                  }
                }
              });
      running[i].start();
    }
    for (Thread thread : running) {
      thread.join();
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    System.out.printf(
        "%d seeds, %d failed, %d events in %.1f s%n",
        to - from, failures.get(), steps.get(), seconds);
  }

  private static void replay(long seed) {
    VirtualCluster cluster = new VirtualCluster(seed, Protocol.CORRECT, true);
    try {
      cluster.run();
      System.out.println("seed " + seed + " is fine");
    } catch (RuntimeException e) {
      cluster.history().forEach(System.out::println);
      e.printStackTrace(System.out);
    }
  }
}
