package io.dagwright.bench;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a JVM spends, from its start to the first result of a cluster embedded in it: without shared
 * class data, with the JDK's own, and with an archive of the application's classes.
 */
final class Startup {

  private Startup() {}

  static List<Line> measure(int repetitions) throws IOException, InterruptedException {
    Path archive = Files.createTempFile("dagwright-bench", ".jsa");
    try {
      Files.delete(archive); // The JVM wants to make it.
      run(List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds=off,cds+dynamic=off"));
      Map<String, List<String>> kinds = new TreeMap<>();
      kinds.put("off", List.of("-Xshare:off"));
      kinds.put("jdk", List.of("-Xshare:auto"));
      kinds.put("application", List.of("-XX:SharedArchiveFile=" + archive));
      List<Line> lines = new ArrayList<>();
      for (Map.Entry<String, List<String>> kind : kinds.entrySet()) {
        lines.add(measure(kind.getKey(), kind.getValue(), repetitions));
      }
      return lines;
    } finally {
      Files.deleteIfExists(archive);
    }
  }

  private static Line measure(String classData, List<String> options, int repetitions)
      throws IOException, InterruptedException {
    double[] cpu = new double[repetitions];
    double[] wall = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      long start = System.nanoTime();
      Line child = run(options);
      wall[i] = Timing.since(start);
      cpu[i] = child.number("cpu_s");
    }
    return Line.of("dagwright-local", "startup")
        .with("class_data", classData)
        .with("cpu_s", Timing.median(cpu))
        .with("cpu_best_s", Timing.quantile(cpu, 0))
        .with("wall_s", Timing.median(wall))
        .with("reps", repetitions);
  }

  private static Line run(List<String> options) throws IOException, InterruptedException {
    Process process = Jvm.start(options, FirstResultMain.class);
    process.outputWriter(StandardCharsets.UTF_8).close();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      Line last = new Line();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        last = line.startsWith("{") ? Line.parse(line) : last;
      }
      int exit = process.waitFor();
      if (exit != 0 || Double.isNaN(last.number("cpu_s"))) {
        throw new IOException("the JVM gave no result and ended with exit code " + exit);
      }
      return last;
    }
  }

  /** What runs in that JVM. */
  static final class FirstResultMain {

    private FirstResultMain() {}

    public static void main(String[] args) {
      try (LocalCluster cluster = LocalCluster.threads(1, 1);
          Client client = cluster.client()) {
        long result = client.compute(Lazy.delayed(21L, Operations.SAME));
        if (result != 21) {
          throw new IllegalStateException("the result is " + result + ", not 21");
        }
        System.out.println(new Line().with("cpu_s", Timing.processCpuSeconds()));
      }
    }
  }
}
