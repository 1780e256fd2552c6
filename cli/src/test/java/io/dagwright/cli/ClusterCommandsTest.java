package io.dagwright.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.Persisted;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that talk to a scheduler, against a real one. */
@Tag("slow")
class ClusterCommandsTest {

  private static final Lazy<Long> PID = Lazy.delayed(() -> ProcessHandle.current().pid());

  private static LocalCluster cluster;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    cluster =
        LocalCluster.start(
            LocalClusterOptions.DEFAULT
                .withWorkers(1, 1)
                .withSettings(Map.of("dagwright.port", "0")));
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @Test
  void statusShowsWorkersAndWhyAGraphDoesNotGoOn() {
    try (Client client = cluster.client()) {
      Persisted<Integer> stuck = stuckTask(client);

      Cli.Result result =
          await()
              .atMost(Duration.ofSeconds(20))
              .until(
                  () -> Cli.run("status", "--scheduler", cluster.address()),
                  status -> status.out().contains("GPU"));

      assertThat(result.err()).isEmpty();
      assertThat(result.exitCode()).isEqualTo(ExitCode.OK);
      assertThat(result.out())
          .contains("Scheduler " + cluster.address(), "besides this one", "worker-0")
          .contains("It does not go on: ", "train");
      stuck.release();
    }
  }

  @Test
  void statusIsJsonIfAskedFor() throws IOException {
    Cli.Result result = Cli.run("status", "-s", cluster.address(), "--output", "json");

    JsonNode json = new ObjectMapper().readTree(result.out());
    assertThat(result.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(json.get("scheduler").asText()).isEqualTo(cluster.address());
    assertThat(json.get("workers").get(0).get("name").asText()).isEqualTo("worker-0");
    assertThat(json.get("workers").get(0).get("slots").asInt()).isEqualTo(1);
  }

  @Test
  void whySaysOneSentence() throws IOException {
    try (Client client = cluster.client()) {
      Persisted<Integer> stuck = stuckTask(client);

      Cli.Result text =
          await()
              .atMost(Duration.ofSeconds(20))
              .until(
                  () -> Cli.run("why", "-s", cluster.address(), "train"),
                  why -> why.out().contains("GPU"));
      Cli.Result json = Cli.run("why", "-s", cluster.address(), "train", "-o", "json");

      assertThat(text.out().lines()).hasSize(1);
      assertThat(new ObjectMapper().readTree(json.out()).get("why").asText())
          .isEqualTo(text.out().strip());
      stuck.release();
    }
  }

  @Test
  void statusFitsIntoATerminal() {
    Cli.Result result = Cli.run("status", "-s", cluster.address());

    assertThat(result.out()).contains("PAUSES", "FREE DISK", "RECEIVED", "SENT");
    assertThat(result.out().lines()).allMatch(line -> line.length() <= 120);
  }

  @Test
  void storyTellsWhatHappenedLineByLine() throws IOException {
    try (Client client = cluster.client()) {
      Persisted<Integer> kept = client.persist(Lazy.delayed(() -> 1).key("told-1"));
      kept.awaitReady();

      Cli.Result text = Cli.run("story", "-s", cluster.address(), "told-1");
      Cli.Result json = Cli.run("story", "-s", cluster.address(), "told-1", "-o", "json");

      assertThat(text.out().lines()).hasSize(3);
      assertThat(text.out()).contains("  sent to a worker [worker-0]");
      JsonNode steps = new ObjectMapper().readTree(json.out()).get("steps");
      assertThat(steps.get(2).get("kind").asText()).isEqualTo("FINISHED");
      kept.release();
    }
    assertThat(Cli.run("story", "-s", cluster.address(), "nobody-knows-it").out())
        .contains("Nothing is remembered of a task [nobody-knows-it].");
  }

  @Test
  void metricsAreTextForPrometheus() throws IOException {
    Cli.Result text = Cli.run("metrics", "-s", cluster.address());
    Cli.Result json = Cli.run("metrics", "-s", cluster.address(), "-o", "json");

    assertThat(text.out())
        .contains(
            """
            # HELP dagwright_worker_slots Tasks it runs at the same time
            # TYPE dagwright_worker_slots gauge
            dagwright_worker_slots{worker="worker-0"} 1
            """,
            "# TYPE dagwright_worker_sent_bytes_total counter\n");
    String slots = "dagwright_worker_slots{worker=\"worker-0\"}";
    assertThat(new ObjectMapper().readTree(json.out()).get(slots).asInt()).isEqualTo(1);
  }

  @Test
  void whyOfAnUnknownTaskSaysSo() {
    Cli.Result result = Cli.run("why", "-s", cluster.address(), "nobody-knows-it");

    assertThat(result.out()).contains("[nobody-knows-it]");
    assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void submitRunsAJarsMainOnTheCluster() throws IOException {
    Path answer = directory.resolve("answer");

    Cli.Result result =
        Cli.run("submit", "-s", cluster.address(), jar(true).toString(), answer.toString(), "10");

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(answer).hasContent("42");
  }

  @Test
  void submitReportsATaskThatThrowsInOneSentence() throws IOException {
    Path answer = directory.resolve("answer");

    Cli.Result result =
        Cli.run(
            "submit",
            "-s",
            cluster.address(),
            jar(false).toString(),
            "--class",
            SubmittedProgram.class.getName(),
            "--",
            answer.toString(),
            "-1");

    assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err()).contains("times", "negative: -1").doesNotContain("\tat ");
    assertThat(answer).doesNotExist();
  }

  @Test
  void submitShowsTheStackOfTheProgramAndNoneOfItsOwn() throws IOException {
    Cli.Result result = Cli.run("submit", "-s", cluster.address(), jar(true).toString(), "a", "b");

    assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err())
        .contains("The program failed: java.lang.NumberFormatException", "SubmittedProgram.main(")
        .doesNotContain("SubmitCommand", "reflect");
  }

  @Test
  void optionsThatMakeNoSenseAreRefused() {
    assertThat(
            List.of(
                Cli.run("worker", "--processes", "0").exitCode(),
                Cli.run("worker", "--resources", "GPU=-1").exitCode(),
                Cli.run("scheduler", "--port", "99999").exitCode(),
                Cli.run("scheduler", "--host", "nosuchhost.invalid", "--port", "0").exitCode(),
                Cli.run("scheduler", "--set", "dagwright.schedulr.window=1").exitCode(),
                Cli.run("scheduler", "--seed", "nonsense", "--port", "0").exitCode()))
        .containsOnly(ExitCode.USAGE);
    assertThat(Cli.run("scheduler", "--set", "dagwright.schedulr.story-steps=1").err())
        .contains("Did you mean [dagwright.scheduler.story-steps]?");
  }

  @Test
  void workersThatCannotStartEndTheCluster() {
    Cli.Result result = Cli.run("local", "--workers", "1", "--port", "0", "--jvm-flag=-Xnonsense");

    assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err()).contains("-Xnonsense");
    assertThat(result.out()).doesNotContain("runs at");
  }

  @Test
  void submitNeedsAMainClass() throws IOException {
    Cli.Result result = Cli.run("submit", "-s", cluster.address(), jar(false).toString());

    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("names no main class", "--class");
  }

  @Test
  void submitNeedsAJar() {
    Cli.Result result = Cli.run("submit", "-s", cluster.address(), "nothing.jar");

    assertThat(result.exitCode()).isEqualTo(ExitCode.UNREADABLE_INPUT);
    assertThat(result.err()).contains("[nothing.jar]");
  }

  @Test
  void workerThatIsToldToEndBySignalHandsItsResultsOver() throws Exception {
    Process worker = startWorker("leaving");
    try (Client client = cluster.client()) {
      Persisted<Long> madeThere = client.persist(PID.workers("leaving"));
      madeThere.awaitReady();

      worker.destroy();

      assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(said()).content().contains("The worker has left.");
      assertThat(client.gather(List.of(madeThere))).containsExactly(worker.pid());
    } finally {
      worker.destroyForcibly();
    }
  }

  @Test
  void workerProcessesHandTheirResultsOverWhenTheirSupervisorIsToldToEnd() throws Exception {
    Process supervisor = startWorker("two", "--processes", "2", "--memory", "600m");
    try (Client client = cluster.client()) {
      List<Persisted<Long>> madeThere =
          client.persist(List.of(PID.workers("two-0"), PID.workers("two-1")));
      madeThere.forEach(Persisted::awaitReady);
      List<Long> pids = supervisor.children().map(ProcessHandle::pid).toList();

      supervisor.destroy();

      assertThat(supervisor.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(said())
          .content()
          .contains("2 workers started, each a process that may take 629.1 MB: {two-0=")
          .contains("The workers have left.");
      assertThat(client.gather(madeThere)).containsExactlyInAnyOrderElementsOf(pids).hasSize(2);
    } finally {
      supervisor.destroyForcibly();
    }
  }

  @Test
  void optionsOfWorkerProcessesNeedProcesses() {
    Cli.Result result = Cli.run("worker", "--seed", cluster.address(), "--memory", "1g");

    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--processes");
  }

  private Path said() {
    return directory.resolve("said");
  }

  /** Runs the command in a JVM of its own, because it is to get a signal. */
  private Process startWorker(String name, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "worker",
                "--seed",
                cluster.address(),
                "--name",
                name,
                "--slots",
                "1"));
    command.addAll(List.of(more));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .redirectOutput(said().toFile())
        .start();
  }

  @Test
  void nobodyThereIsToldAtOnce() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }

    Cli.Result result = Cli.run("status", "-s", "127.0.0.1:" + port);

    assertThat(result.exitCode()).isEqualTo(ExitCode.NO_SCHEDULER);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).contains("127.0.0.1:" + port, "dagwright scheduler");
  }

  @Test
  void aPortThatIsTakenIsNamed() {
    String port = cluster.address().substring(cluster.address().indexOf(':') + 1);

    Cli.Result result = Cli.run("scheduler", "--port", port);

    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(cluster.address());
  }

  @Test
  void portMayComeFromASettingOrAFile() throws IOException {
    String port = cluster.address().substring(cluster.address().indexOf(':') + 1);
    Path file = Files.writeString(directory.resolve("own.conf"), "dagwright.port = " + port);

    Cli.Result setting = Cli.run("scheduler", "--set", "dagwright.port=" + port);
    Cli.Result configured;
    try {
      configured = Cli.run("scheduler", "--config", file.toString());
    } finally {
      System.clearProperty("config.file"); // Other tests share this JVM.
      ConfigFactory.invalidateCaches();
    }

    assertThat(setting.exitCode()).isEqualTo(ExitCode.USAGE); // It is taken.
    assertThat(setting.err()).contains(cluster.address());
    assertThat(configured.err()).contains(cluster.address());
  }

  private static Persisted<Integer> stuckTask(Client client) {
    return client.persist(Lazy.delayed(() -> 1).key("train").resources(Map.of("GPU", 1.0)));
  }

  private Path jar(boolean namesMain) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    if (namesMain) {
      manifest
          .getMainAttributes()
          .put(Attributes.Name.MAIN_CLASS, SubmittedProgram.class.getName());
    }
    String path = SubmittedProgram.class.getName().replace('.', '/') + ".class";
    Path jar = directory.resolve("program.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        InputStream in = SubmittedProgram.class.getClassLoader().getResourceAsStream(path)) {
      out.putNextEntry(new ZipEntry(path));
      assertThat(in).isNotNull();
      in.transferTo(out);
      out.closeEntry();
    }
    return jar;
  }
}
