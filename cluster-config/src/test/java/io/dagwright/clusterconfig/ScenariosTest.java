package io.dagwright.clusterconfig;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
class ScenariosTest {

  private static final Path FILES = Path.of("src/main/resources/dagwright-cluster");

  @AfterEach
  void forgetTheFile() {
    System.clearProperty("config.resource");
    ConfigFactory.invalidateCaches();
  }

  /** With free ports, for theirs might be taken; and of three schedulers with the first alone. */
  @ParameterizedTest
  @MethodSource("scenarios")
  void everyScenarioStartsANodeThatWorks(String name) throws IOException {
    System.setProperty("config.resource", "dagwright-cluster/" + name);
    ConfigFactory.invalidateCaches();
    int port = freePort();
    NodeOptions options =
        NodeOptions.SCHEDULER
            .withSettings(
                Map.of("dagwright.port", Integer.toString(port), "dagwright.data-port", "0"))
            .withWorkers(1, 1)
            .withSeeds("127.0.0.1:" + port);

    try (Node node = Node.start(options);
        Client client = node.client()) {
      assertThat(client.compute(Lazy.delayed(() -> 42))).isEqualTo(42);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  static List<String> scenarios() throws IOException {
    return filesEnding(".conf").stream().map(file -> file.getFileName().toString()).toList();
  }

  static List<Path> flags() throws IOException {
    return filesEnding(".flags");
  }

  private static List<Path> filesEnding(String end) throws IOException {
    try (Stream<Path> all = Files.walk(FILES)) {
      return all.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("flags")
  void javaTakesEveryFileOfFlags(Path flags) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(java, "@" + flags.toAbsolutePath(), "-version")
            .redirectErrorStream(true)
            .start();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }

  @Test
  void everyFileSaysWhatItIsFor() throws IOException {
    try (Stream<Path> all = Files.walk(FILES)) {
      List<Path> silent =
          all.filter(Files::isRegularFile).filter(ScenariosTest::beginsWithoutComment).toList();

      assertThat(silent).isEmpty();
    }
  }

  private static boolean beginsWithoutComment(Path file) {
    try {
      String first = Files.readAllLines(file).get(0);
      return !first.startsWith("#") && !first.equals("[Unit]");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
