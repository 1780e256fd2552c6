package io.dagwright.bench;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import io.dagwright.TaskFuture;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Results that do not compress, 4 MiB each, all held by workers whose heaps have room for few of
 * them. Nothing is declared. Each result is verified, bit by bit, by a task that takes it and, with
 * one worker, once more by the client.
 */
final class SmallHeaps {

  static final int RESULT_BYTES = 4 << 20;

  private static final int LENGTH = RESULT_BYTES / Long.BYTES;
  private static final String HEAP = "-Xmx512m";

  /** What a task is told: where to note that it ran, and which result to make. */
  private record Piece(String made, int number) {}

  private SmallHeaps() {}

  /** All on one worker with two slots. */
  static Line oneWorker(int n) throws Exception {
    return measure("memory", n, "one");
  }

  /** Made by one worker and taken by another. */
  static Line through(int n) throws Exception {
    return measure("memory-through", n, "one", "other");
  }

  private static Line measure(String name, int n, String... workers) throws Exception {
    Path directory = Files.createTempDirectory("dagwright-bench");
    Path made = directory.resolve("made");
    Path spill = Files.createDirectory(directory.resolve("spill"));
    Path exceptions = directory.resolve("exceptions-%p");
    LocalClusterOptions options =
        LocalClusterOptions.DEFAULT
            .withForked(true)
            .withWorkers(workers.length, workers.length == 1 ? 2 : 1)
            .withNames(workers)
            .withJvmFlags(HEAP, "-Xlog:exceptions=info:file=" + exceptions + ":none:filecount=0")
            .withSettings(Map.of("dagwright.worker.memory.spill-directory", spill.toString()));
    try (LocalCluster cluster = LocalCluster.start(options);
        Client client = cluster.client()) {
      Target.Workers.await(client, workers.length);
      Map<String, Long> processes = new HashMap<>(cluster.processIds());
      long start = System.nanoTime();
      List<Persisted<long[]>> held = hold(client, made, n, workers[0]);
      double heldSeconds = Timing.since(start);
      long spilled = bytesOfFiles(spill);
      long wrong = verify(client, held, workers[workers.length - 1], workers.length == 1);
      double seconds = Timing.since(start);
      long peak = 0;
      int ended = 0;
      for (Map.Entry<String, Long> process : processes.entrySet()) {
        boolean isSame = process.getValue().equals(cluster.processIds().get(process.getKey()));
        peak = Math.max(peak, isSame ? peakResidentBytes(process.getValue()) : 0);
        ended += isSame ? 0 : 1;
      }
      held.forEach(Persisted::release);
      long left = awaitNoFiles(spill);
      return Line.of("dagwright-cluster", name)
          .with("n", n)
          .with("bytes", (double) n * RESULT_BYTES)
          .with("held_s", heldSeconds)
          .with("wall_s", seconds)
          .with("lost", Files.size(made) - n)
          .with("wrong", wrong)
          .with("caught_out_of_memory", countOutOfMemory(directory))
          .with("ended_processes", ended)
          .with("spilled_bytes", (double) spilled)
          .with("peak_resident_mb", peak / 1e6)
          .with("files_left", left);
    } finally {
      delete(directory);
    }
  }

  private static List<Persisted<long[]>> hold(Client client, Path made, int n, String worker) {
    List<Lazy<long[]>> results = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Piece piece = new Piece(made.toString(), i);
      results.add(Lazy.delayed(piece, SmallHeaps::make).workers(worker));
    }
    List<Persisted<long[]>> held = client.persist(results, Target.AS_BUILT);
    held.forEach(Persisted::awaitReady);
    return held;
  }

  /** How many results are not what was made. */
  private static long verify(
      Client client, List<Persisted<long[]>> held, String worker, boolean alsoHere) {
    List<TaskFuture<Boolean>> checks = new ArrayList<>();
    for (int i = 0; i < held.size(); i++) {
      int number = i;
      checks.add(
          client.submit(held.get(i).lazy().map(array -> isRight(number, array)).workers(worker)));
    }
    long wrong = checks.stream().filter(check -> !check.join()).count();
    for (int i = 0; alsoHere && i < held.size(); i++) {
      if (!isRight(i, client.compute(held.get(i).lazy()))) {
        wrong++;
      }
    }
    return wrong;
  }

  private static long[] make(Piece piece) {
    try {
      Files.write(
          Path.of(piece.made()),
          new byte[] {1},
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long[] array = new long[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      array[i] = noise(piece.number(), i);
    }
    return array;
  }

  private static boolean isRight(int number, long[] array) {
    boolean isRight = array.length == LENGTH;
    for (int i = 0; isRight && i < LENGTH; i++) {
      isRight = array[i] == noise(number, i);
    }
    return isRight;
  }

  /** The finalizer of SplitMix64. */
  private static long noise(int number, int index) {
    long mixed = ((long) number << 32 | index) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return mixed ^ mixed >>> 31;
  }

  /** What the JVMs themselves say: each one they threw, caught or not. */
  private static long countOutOfMemory(Path directory) throws IOException {
    long count = 0;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.getFileName().toString().startsWith("exceptions-")) {
          String text = Files.readString(file, StandardCharsets.ISO_8859_1);
          for (String entry : text.split("(?=Exception <a )", -1)) {
            boolean isOutOfMemory = entry.startsWith("Exception <a 'java/lang/OutOfMemoryError'");
            count += isOutOfMemory && entry.contains("thrown [") ? 1 : 0;
          }
        }
      }
    }
    return count;
  }

  /** The most memory a process has taken; 0 where the system does not say. */
  private static long peakResidentBytes(long pid) throws IOException {
    Path status = Path.of("/proc/" + pid + "/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .sum();
  }

  /**
   * Those below a directory; they come and go meanwhile, which a file tree's walk does not bear.
   */
  private static List<File> files(File directory) {
    List<File> files = new ArrayList<>();
    File[] all = directory.listFiles();
    for (File each : all == null ? new File[0] : all) {
      if (each.isFile()) {
        files.add(each);
      } else {
        files.addAll(files(each));
      }
    }
    return files;
  }

  /** One that is gone has none. */
  private static long bytesOfFiles(Path directory) {
    return files(directory.toFile()).stream().mapToLong(File::length).sum();
  }

  /** Waits for the files to go, and says how many do not. */
  private static long awaitNoFiles(Path directory) throws Exception {
    long left = files(directory.toFile()).size();
    for (int waited = 0; left > 0 && waited < 300; waited++) {
      Thread.sleep(100); // Files go some time after their results; nothing is timed here.
      left = files(directory.toFile()).size();
    }
    return left;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
