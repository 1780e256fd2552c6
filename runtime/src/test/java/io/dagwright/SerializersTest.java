package io.dagwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.UnknownSerializerException;
import io.dagwright.internal.actor.Rare;
import io.dagwright.internal.serialization.CelsiusSerializer.Celsius;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.ToWorker;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The levels at which a serializer is chosen, from the closest to the farthest. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
@SuppressWarnings("try") // A scope is there to be open, nobody calls it.
class SerializersTest {

  private static final ClassLoader LOADER = SerializersTest.class.getClassLoader();

  // Not static: a closed cluster still holds memory that later tests want.
  private LocalCluster cluster;
  private Client client;

  /** Java serialization runs its constructor, as it is not {@code Serializable}; Kryo does not. */
  static class Base {
    final transient String by;

    Base() {
      by = "java";
    }
  }

  /** Knows who made it from bytes. */
  static class Probe extends Base implements Serializable {
    private static final long serialVersionUID = 1L;

    String by() {
      return by == null ? "kryo" : by;
    }

    static String argument(Probe probe) {
      return probe.by();
    }
  }

  static final class Bound extends Probe {
    private static final long serialVersionUID = 1L;
  }

  /** Not {@code Serializable}. */
  record Service(String name) {}

  @BeforeAll
  void start() {
    cluster =
        LocalCluster.start(LocalClusterOptions.DEFAULT.withSettings(Map.of("dagwright.port", "0")));
    client = cluster.client();
  }

  @AfterAll
  void stop() {
    client.close();
    cluster.close();
  }

  private Client clientWith(Map<String, String> settings) {
    return Client.connect(cluster.address(), settings);
  }

  private Client clientThatBinds() {
    return clientWith(
        Map.of(
            "dagwright.serializer",
            "java",
            "dagwright.serializers.bindings.\"" + Bound.class.getName() + "\"",
            "kryo"));
  }

  @Test
  void withoutAWordKryoWritesArgumentsAndResults() {
    assertThat(client.compute(Lazy.delayed(new Probe(), Probe::argument))).isEqualTo("kryo");
    assertThat(client.compute(Lazy.delayed(Probe::new)).by()).isEqualTo("kryo");
  }

  @Test
  void aTaskHasASerializerForItsArgumentItsResultAndNoOther() {
    Fn1<Probe, String> by = Probe::argument;
    Lazy<String> one = Lazy.delayed(new Probe(), by).serializer("java");
    Lazy<String> other = Lazy.delayed(new Probe(), by);

    assertThat(client.compute(List.of(one, other, one))).containsExactly("java", "kryo", "java");
    assertThat(client.compute(Lazy.delayed(Probe::new).serializer("java")).by()).isEqualTo("java");
  }

  @Test
  void aScopeHoldsForWhatIsSubmittedInIt() {
    Lazy<String> task = Lazy.delayed(new Probe(), Probe::argument);
    List<String> seen = new ArrayList<>();
    CompletionStage<String> before;
    try (Serializers.Scope outer = Serializers.use("java")) {
      before = client.computeAsync(task);
      try (Serializers.Scope inner = Serializers.use("kryo")) {
        seen.add(client.compute(task));
      }
      seen.add(client.compute(task));
    }
    seen.add(client.compute(task));

    assertThat(seen).containsExactly("kryo", "java", "kryo");
    assertThat(before.toCompletableFuture().join()).isEqualTo("java");
  }

  @Test
  void eachLevelGoesBeforeThoseFartherAway() {
    Probe ofItsOwn = Ship.with(new Probe(), "kryo");
    try (Client binds = clientThatBinds();
        Serializers.Scope scope = Serializers.use("closure")) {
      // Value before task.
      assertThat(binds.compute(Lazy.delayed(ofItsOwn, Probe::argument).serializer("java")))
          .isEqualTo("kryo");
      // Task before type.
      assertThat(binds.compute(Lazy.delayed(new Bound(), Probe::argument).serializer("java")))
          .isEqualTo("java");
      // Scope before setting.
      assertThat(binds.compute(Lazy.delayed(new Probe(), Probe::argument))).isEqualTo("kryo");
      try (Serializers.Scope inner = Serializers.use("java")) {
        // Type before scope.
        assertThat(binds.compute(Lazy.delayed(new Bound(), Probe::argument))).isEqualTo("kryo");
        assertThat(binds.compute(Lazy.delayed(new Probe(), Probe::argument))).isEqualTo("java");
      }
    }
  }

  @Test
  void twoClientsOfDifferentChoicesDoNotDisturbEachOther() {
    try (Client binds = clientThatBinds()) {
      List<CompletionStage<String>> ofOne = new ArrayList<>();
      List<CompletionStage<String>> ofOther = new ArrayList<>();
      List<CompletionStage<Probe>> results = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        ofOne.add(binds.computeAsync(Lazy.delayed(new Probe(), Probe::argument)));
        ofOther.add(client.computeAsync(Lazy.delayed(new Probe(), Probe::argument)));
        results.add(binds.computeAsync(Lazy.delayed(Probe::new)));
        results.add(client.computeAsync(Lazy.delayed(Probe::new)));
        results.add(binds.computeAsync(Lazy.delayed(Bound::new)));
      }

      for (int i = 0; i < 30; i++) {
        assertThat(ofOne.get(i).toCompletableFuture().join()).isEqualTo("java");
        assertThat(ofOther.get(i).toCompletableFuture().join()).isEqualTo("kryo");
        assertThat(results.get(3 * i).toCompletableFuture().join().by()).isEqualTo("java");
        assertThat(results.get(3 * i + 1).toCompletableFuture().join().by()).isEqualTo("kryo");
        assertThat(results.get(3 * i + 2).toCompletableFuture().join().by()).isEqualTo("kryo");
      }
    }
  }

  @Test
  void graphsOfTasksGoAsTheirTasksDo() {
    Lazy<String> outer = Lazy.delayed(() -> Lazy.delayed(new Probe(), Probe::argument).compute());

    assertThat(client.compute(outer)).isEqualTo("kryo");
    assertThat(client.compute(outer.serializer("java"))).isEqualTo("java");
  }

  @Test
  void aFunctionThatJavaDoesNotTakeGoesByValue() throws Exception {
    Service svc = new Service("reports");
    Fn1<Probe, String> function = probe -> svc.name() + " " + probe.by();

    try (Serializers.Scope scope = Serializers.use("java")) {
      assertThatThrownBy(() -> client.compute(Lazy.delayed(new Probe(), function)))
          .isInstanceOf(NotSerializableTaskException.class)
          .hasMessageContaining("captured 'svc' (Service)")
          .hasMessageContaining("Ship.byValue(");

      Fn1<Probe, String> shipped = Ship.byValue(function);

      assertThat(shipped).isSameAs(function);
      assertThat(client.compute(Lazy.delayed(new Probe(), shipped))).isEqualTo("reports java");
    }
    assertThat(function.call(new Probe())).isEqualTo("reports java");
  }

  @Test
  void whatIsPluggedInTakesArgumentsAndResults() {
    Lazy<Celsius> warmer =
        Lazy.delayed(new Celsius(20), (Celsius it) -> new Celsius(it.degrees() + 1.5))
            .serializer("celsius");

    assertThat(Serializers.names()).containsExactly("celsius", "closure", "java", "kryo");
    assertThat(client.compute(warmer)).isEqualTo(new Celsius(21.5));
  }

  @Test
  void aResultItsSerializerDoesNotTakeFailsItsTaskAlone() {
    Lazy<List<Integer>> bad = Lazy.delayed(() -> List.of(1)).serializer("celsius");

    assertThatThrownBy(() -> client.compute(bad))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("is no temperature");
    assertThat(client.compute(Lazy.delayed(() -> 5))).isEqualTo(5);
  }

  @Test
  void anUnknownNameIsRefusedWhereItIsSaid() {
    assertThatThrownBy(() -> Serializers.use("jave"))
        .isInstanceOf(UnknownSerializerException.class)
        .hasMessageStartingWith(
            "There is no serializer [jave], which Serializers.use names. Did you mean [java]?");
    assertThatThrownBy(() -> Lazy.value(1).serializer("krio"))
        .hasMessageContaining("[krio], which Lazy.serializer names. Did you mean [kryo]?");
    assertThatThrownBy(() -> Ship.with(List.of(), "fory"))
        .hasMessageContaining("[fory], which Ship.with names. This JVM has [");
    assertThatThrownBy(() -> Ship.with("text", "java"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anUnknownNameInASettingIsRefusedAtStart() {
    assertThatThrownBy(() -> clientWith(Map.of("dagwright.serializer", "jav")))
        .isInstanceOf(UnknownSerializerException.class)
        .hasMessageStartingWith(
            "There is no serializer [jav], which setting [dagwright.serializer] (from")
        .hasMessageContaining("Did you mean [java]?");
    assertThatThrownBy(() -> clientWith(Map.of("dagwright.serializers.bindings.\"a.B\"", "javo")))
        .isInstanceOf(UnknownSerializerException.class)
        .hasMessageContaining("setting [dagwright.serializers.bindings.\"a.B\"]");
    assertThatThrownBy(() -> clientWith(Map.of("dagwright.serializers.bindings", "java")))
        .isInstanceOf(InvalidConfigurationException.class);
  }

  @Test
  void everyMessageClassHasASerializerAndItIsNotJavas() throws IOException {
    Map<String, String> table = new HashMap<>();
    for (Serializers.Row row : Serializers.table()) {
      assertThat(row.serializer()).as(row.what()).doesNotContainIgnoringCase("java");
      assertThat(row.mode()).as(row.what()).isNotEqualTo("JAVA");
      table.put(row.what(), row.serializer());
    }

    Set<String> messages =
        new ClassFileImporter()
                .withImportOption(location -> !location.contains("/test-classes/"))
                // Not by the package's name: ArchUnit would keep names of the whole class path.
                .importUrls(Collections.list(LOADER.getResources("io/dagwright/internal")))
                .stream()
                .filter(type -> !type.isInterface())
                .filter(
                    type ->
                        Stream.of(
                                Rare.class,
                                Frame.class,
                                FromClient.class,
                                ToClient.class,
                                ToScheduler.class,
                                ToWorker.class)
                            .anyMatch(type::isAssignableTo))
                .map(JavaClass::getName)
                .collect(Collectors.toSet());
    assertThat(messages).hasSizeGreaterThan(30);
    assertThat(table.keySet()).containsAll(messages);
    assertThat(table)
        .containsEntry(Frame.class.getName(), "binary (FrameSerializer)")
        .containsEntry("functions of tasks", "closure")
        .containsEntry("arguments and results", "kryo");
  }

  @Test
  void twoLinesOfAFileRebindOneClass(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("application.conf");
    Files.writeString(
        file,
        """
        dagwright.serializers.bindings {
          "%s" = java }
        """
            .formatted(Bound.class.getName()));
    List<Serializers.Row> table;
    Fn1<List<Bound>, String> by = list -> list.get(0).by();
    String unbound = client.compute(Lazy.delayed(List.of(new Bound()), by));
    String bound;
    System.setProperty("config.file", file.toString());
    try (Client configured = clientWith(Map.of())) {
      table = Serializers.table();
      bound = configured.compute(Lazy.delayed(List.of(new Bound()), by));
    } finally {
      System.clearProperty("config.file");
    }

    assertThat(bound).isEqualTo("java");
    assertThat(table).contains(new Serializers.Row(Bound.class.getName(), "JAVA", "java"));
    assertThat(unbound).isEqualTo("kryo");
  }
}
