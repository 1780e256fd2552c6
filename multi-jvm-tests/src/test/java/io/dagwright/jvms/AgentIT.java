package io.dagwright.jvms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dagwright.agent.LambdaAgent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lambdas of types that are not {@code Serializable}, with the agent and without. */
@Tag("jvms")
@Timeout(300)
class AgentIT {

  @TempDir Path directory;

  @Test
  void withTheAgentTheyRunOnAWorkerThatHasNone() throws Exception {
    assertThatTheyRun(Jvm.HOME);
  }

  @Test
  void withTheAgentTheyRunOnJdk25() throws Exception {
    Optional<Path> jdk = Jdk.find25();
    assumeTrue(jdk.isPresent());

    assertThatTheyRun(jdk.get());
  }

  private void assertThatTheyRun(Path home) throws Exception {
    String agent = "-javaagent:" + agentJar() + "=include=io.dagwright.jvms";
    try (Jvm program = Jvm.startWith(home, agent, PlainLambdas.class)) {
      assertThat(program.awaitLine("answers ")).isEqualTo("[42, 0, ab, 14, 1, n2, 43, true, 44]");
    }
  }

  @Test
  void withoutItTheErrorNamesBothCures() throws Exception {
    try (Jvm program = Jvm.start(PlainLambdas.class)) {
      assertThat(program.awaitLine("refused "))
          .contains(
              "captured 'function' (lambda of type Function)",
              "the cast (Function & Serializable)",
              "-javaagent:dagwright-agent.jar");
    }
  }

  /** The agent's jar; made of its classes if Maven has not yet. */
  private Path agentJar() throws Exception {
    Path place =
        Path.of(LambdaAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isRegularFile(place)) {
      return place;
    }
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", LambdaAgent.class.getName());
    Path jar = directory.resolve("agent.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest);
        Stream<Path> files = Files.walk(place)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        add(entries, place.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return jar;
  }

  private static void add(JarOutputStream jar, String name, byte[] content) throws IOException {
    jar.putNextEntry(new JarEntry(name));
    jar.write(content);
    jar.closeEntry();
  }
}
