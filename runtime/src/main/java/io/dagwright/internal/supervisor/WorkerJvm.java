package io.dagwright.internal.supervisor;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a worker's JVM is started: by the JDK of this JVM, with the flags that version needs.
 *
 * @param java the command
 * @param feature of the JDK, such as 17
 * @param inherited flags that this JVM was started with and its workers have as well
 * @param classPath of this JVM
 * @param shell that shields workers from Ctrl-C; empty where there is none
 */
record WorkerJvm(
    Path java, int feature, List<String> inherited, String classPath, List<String> shell) {

  private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+Use\\w+GC");
  private static final Pattern HEAP =
      Pattern.compile("-Xmx.*|-XX:(MaxHeapSize|MaxRAM|MaxRAMPercentage)=.*");

  /** Where there are signals, codes of exits tell them. */
  static final boolean HAS_SIGNALS = File.separatorChar == '/';

  private static final Path SHELL = Path.of("/bin/sh");

  /**
   * Ctrl-C goes to all processes of a terminal. Workers end when this JVM tells them to, and may
   * have results to hand over first; what is ignored when a JVM starts, stays ignored.
   */
  private static final List<String> WITHOUT_INTERRUPT =
      List.of(SHELL.toString(), "-c", "trap '' INT; exec \"$@\"", "dagwright-worker");

  WorkerJvm {
    inherited = List.copyOf(inherited);
    shell = List.copyOf(shell);
  }

  static WorkerJvm likeThisJvm() {
    List<String> inherited =
        new ArrayList<>(
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(
                    flag ->
                        flag.startsWith("-XX:SharedArchiveFile=") || flag.startsWith("-Xlog:cds"))
                .toList());
    for (String place : List.of("config.file", "config.resource", "config.url")) {
      String settings = System.getProperty(place);
      if (settings != null) {
        inherited.add("-D" + place + "=" + settings); // What this JVM was told, its workers are.
      }
    }
    return new WorkerJvm(
        Path.of(System.getProperty("java.home"), "bin", "java"),
        Runtime.version().feature(),
        inherited,
        System.getProperty("java.class.path"),
        HAS_SIGNALS && Files.isExecutable(SHELL) ? WITHOUT_INTERRUPT : List.of());
  }

  /**
   * The command up to the main class's arguments.
   *
   * @param given flags that somebody chose; they win
   * @param slots tasks it runs at a time; 0 if it decides by itself
   */
  List<String> command(
      List<String> given, int slots, long heapBytes, List<Path> moreClasses, String main) {
    List<String> command = new ArrayList<>(shell);
    command.add(java.toString());
    if (given.stream().noneMatch(flag -> COLLECTOR.matcher(flag).matches())) {
      // One thread collects for one that works; for several, one would stop them for too long.
      command.add(slots == 1 ? "-XX:+UseSerialGC" : "-XX:+UseParallelGC");
    }
    if (given.stream().noneMatch(flag -> HEAP.matcher(flag).matches())) {
      command.add("-Xmx" + Math.max(32, heapBytes >> 20) + "m");
    }
    if (feature >= 24) {
      command.add("--sun-misc-unsafe-memory-access=allow"); // Pekko and Kryo use it.
      command.add("--enable-native-access=ALL-UNNAMED"); // The compressor of results in files.
    }
    command.addAll(inherited);
    command.addAll(given);
    command.add("-cp");
    StringBuilder places = new StringBuilder(classPath);
    moreClasses.forEach(place -> places.append(File.pathSeparator).append(place));
    command.add(places.toString());
    command.add(main);
    return command;
  }
}
