package io.dagwright.internal.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerJvmTest {

  private static final long GIGABYTE = 1L << 30;

  @Test
  void jdk17GetsHeapAndCollector() {
    assertThat(command(17, List.of(), 1, GIGABYTE))
        .containsExactly(
            "java", "-XX:+UseSerialGC", "-Xmx1024m", "-Dinherited", "-cp", "a", "Main");
  }

  @Test
  void laterJdksAreToldWhatLibrariesMayDo() {
    assertThat(command(25, List.of(), 4, GIGABYTE))
        .containsExactly(
            "java",
            "-XX:+UseParallelGC",
            "-Xmx1024m",
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-Dinherited",
            "-cp",
            "a",
            "Main");
  }

  @Test
  void givenFlagsWin() {
    assertThat(command(17, List.of("-XX:+UseZGC", "-Xmx64m"), 1, GIGABYTE))
        .containsExactly("java", "-Dinherited", "-XX:+UseZGC", "-Xmx64m", "-cp", "a", "Main");
    assertThat(command(17, List.of("-XX:MaxRAMPercentage=50"), 1, GIGABYTE))
        .doesNotContain("-Xmx1024m");
  }

  @Test
  void tasksClassesComeAfterOurs() {
    assertThat(jvm(17).command(List.of(), 1, GIGABYTE, List.of(Path.of("b"), Path.of("c")), "Main"))
        .containsSequence("-cp", "a" + File.pathSeparator + "b" + File.pathSeparator + "c", "Main");
  }

  private static List<String> command(int feature, List<String> flags, int slots, long heapBytes) {
    return jvm(feature).command(flags, slots, heapBytes, List.of(), "Main");
  }

  private static WorkerJvm jvm(int feature) {
    return new WorkerJvm(Path.of("java"), feature, List.of("-Dinherited"), "a", List.of());
  }
}
