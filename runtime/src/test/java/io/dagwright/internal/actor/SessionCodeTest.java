package io.dagwright.internal.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.LocalCluster;
import io.dagwright.LocalClusterOptions;
import io.dagwright.error.CodeRefusedException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.graph.TaskFunction;
import io.dagwright.internal.code.CodeAcceptance;
import io.dagwright.internal.code.CodeCatalogue;
import io.dagwright.internal.code.CodeSettings;
import io.dagwright.internal.code.CodeUnit;
import io.dagwright.internal.code.JarIndex;
import io.dagwright.internal.code.Programs;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.store.MemorySettings;
import io.dagwright.internal.transfer.DataServer;
import io.dagwright.internal.transfer.TransferSettings;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.PeerAddress;
import io.dagwright.internal.wire.ToWorker;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the code of a session costs: messages, requests, class loaders. Public for its tasks. */
@Tag("slow")
@Timeout(300)
public class SessionCodeTest {

  private static final int CLASSES = 20;
  private static final CodeSettings CODE =
      new CodeSettings(CodeAcceptance.LOOPBACK_OR_AUTHENTICATED, Duration.ofSeconds(60));
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** The loaders that tasks ran in. */
  private static final Queue<WeakReference<ClassLoader>> LOADERS = new ConcurrentLinkedQueue<>();

  private static final Set<String> NAMES = ConcurrentHashMap.newKeySet();

  @TempDir private Path directory;

  /** Called by tasks. */
  public static int note(ClassLoader loader, int answer) {
    LOADERS.add(new WeakReference<>(loader));
    NAMES.add(String.valueOf(loader.getName()));
    return answer;
  }

  private static NodeServices services() {
    return services(CODE);
  }

  private static NodeServices services(CodeSettings code) {
    return new NodeServices(
        ANY_PORT,
        TransferSettings.of("token"),
        Choice.DEFAULT,
        code,
        MemorySettings.unlimited(),
        Long.MAX_VALUE);
  }

  /** Each class needs the next, so that nothing but a walk ahead finds all in one go. */
  private ClassLoader application() throws Exception {
    List<String> sources = new ArrayList<>();
    for (int i = 1; i < CLASSES; i++) {
      String next = i + 1 < CLASSES ? "new C" + (i + 1) + "().n" : "0";
      sources.add("package app; class C" + i + " { int n = 1 + " + next + "; }");
    }
    sources.add(
        """
        package app;
        public class C0 {
          public static io.dagwright.graph.TaskFunction task() {
            return (argument, inputs) -> 1 + new C1().n;
          }
        }
        """);
    return Programs.loader(new Programs(directory).compile(sources.toArray(String[]::new)));
  }

  @Test
  void applicationOfTwentyClassesCostsOneMoreRoundTrip() throws Exception {
    TaskFunction task = Programs.task(application(), "app.C0");
    CodeCatalogue catalogue = new CodeCatalogue(Programs.provided(), JarIndex.ofThisJvm());
    CodeUnit unit = catalogue.cover(List.of(task.getClass())).unit();
    List<Object> requests = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch allAsked = new CountDownLatch(CLASSES);
    TransferSettings patient =
        new TransferSettings(
            "token",
            1 << 20,
            1 << 20,
            CLASSES,
            Duration.ofSeconds(60),
            Duration.ofSeconds(2),
            Duration.ofSeconds(60),
            0,
            "");

    try (NodeServices worker = services();
        DataServer client = new DataServer(ANY_PORT, patient)) {
      client.serveBlobs(
          hash -> {
            requests.add(hash);
            allAsked.countDown();
            await(allAsked); // Who asks for the next when the first is there waits for ever.
            return catalogue.blob(hash);
          });
      SessionLoaders loaders = new SessionLoaders(worker, SessionCodeTest.class.getClassLoader());
      loaders.add(code("one", unit, client));
      assertThat(run(loaders.loader("one", 1).get())).isEqualTo(CLASSES);

      loaders.add(code("two", unit, client));
      assertThat(run(loaders.loader("two", 1).get())).isEqualTo(CLASSES);
    }

    assertThat(unit.classes()).hasSize(CLASSES);
    assertThat(requests).hasSize(CLASSES).doesNotHaveDuplicates(); // The second session: none.
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("only " + (CLASSES - latch.getCount()) + " were asked for");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ToWorker.AddCode code(String session, CodeUnit unit, DataServer client) {
    PeerAddress from =
        new PeerAddress(client.address().getHostString(), client.address().getPort());
    return new ToWorker.AddCode(session, 1, UnitMessage.encode(unit), from);
  }

  private static @Nullable Object run(ClassLoader loader) throws Exception {
    return Programs.task(loader, "app.C0").call(null, new Object[0]);
  }

  @Test
  void aClientThatIsAskedForAClassAndSaysNothingIsWaitedForSoLongAndNoLonger() throws Exception {
    TaskFunction task = Programs.task(application(), "app.C0");
    CodeCatalogue catalogue = new CodeCatalogue(Programs.provided(), JarIndex.ofThisJvm());
    CodeUnit unit = catalogue.cover(List.of(task.getClass())).unit();
    CountDownLatch speaks = new CountDownLatch(1);

    try (NodeServices worker =
            services(new CodeSettings(CODE.acceptance(), Duration.ofMillis(50)));
        DataServer client = new DataServer(ANY_PORT, TransferSettings.of("token"))) {
      client.serveBlobs(catalogue::blob);
      client.serveClasses(
          (session, epoch, name) -> {
            await(speaks);
            return null; // It does not have it.
          });
      SessionLoaders loaders = new SessionLoaders(worker, SessionCodeTest.class.getClassLoader());
      loaders.add(code("one", unit, client));
      ClassLoader loader = loaders.loader("one", 1).get();

      assertThatThrownBy(() -> loader.loadClass("app.Plugin"))
          .isInstanceOf(ClassNotFoundException.class)
          .hasMessage(
              "app.Plugin: the program that submitted the task did not say within [50] ms"
                  + " (dagwright.code.ask-timeout) whether it has the class");
      speaks.countDown();
      assertThat(run(loader)).isEqualTo(CLASSES); // No other class suffers.
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> loader.loadClass("app.Plugin"))
                      .hasMessageContaining("nor the program that submitted the task has this"));
    }
  }

  @Test
  void codeThatWasToldOfIsNotToldOfAgain() throws Exception {
    TaskFunction task = Programs.task(application(), "app.C0");
    List<byte[]> messages = new ArrayList<>();

    try (NodeServices client = services()) {
      ShippedCode code = new ShippedCode(client, "session", messages::add);
      UsedCode used = new UsedCode();
      used.accept(task.getClass());
      int epoch = code.ship(used);
      for (int i = 0; i < 10; i++) {
        assertThat(code.ship(used)).isEqualTo(epoch);
      }
    }

    assertThat(messages).hasSize(1);
    assertThat(MessageCodec.encode(new FromClient.UseCode(1 << 20, 1))).hasSizeLessThan(32);
  }

  @Test
  void manyEpochsLeaveNoMoreThanTwoLoadersAlive() throws Exception {
    Path classes =
        new Programs(directory)
            .compile(
                """
                package app;
                public class Epoch {
                  record Row(int value) {}
                  static final String VERSION = "version-0000000";
                  public static io.dagwright.Lazy<Integer> task() {
                    return io.dagwright.Lazy.delayed(() ->
                        io.dagwright.internal.actor.SessionCodeTest.note(
                            Epoch.class.getClassLoader(),
                            new Row(Integer.parseInt(VERSION.substring(8))).value()));
                  }
                }
                """);
    Path file = classes.resolve("app/Epoch.class");
    byte[] original = Files.readAllBytes(file);

    try (LocalCluster cluster = LocalCluster.threads(1, 2);
        Client client = cluster.client()) {
      for (int i = 0; i < 200; i++) {
        Files.write(file, redefined(original, i));
        Class<?> type = Class.forName("app.Epoch", true, Programs.loader(classes));
        Lazy<?> task = (Lazy<?>) type.getMethod("task").invoke(null);
        assertThat(client.compute(task)).isEqualTo(i);
      }
      long alive = LOADERS.size();
      for (int i = 0; i < 50 && alive > 2; i++) {
        System.gc();
        alive = LOADERS.stream().filter(loader -> loader.get() != null).count();
      }

      assertThat(NAMES).hasSize(200);
      assertThat(alive).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void codeIsRefusedWhereASettingSaysSoAndOwnCodeRuns() throws Exception {
    Class<?> type =
        Class.forName(
            "app.Refused",
            true,
            Programs.loader(
                new Programs(directory)
                    .compile(
                        """
                        package app;
                        public class Refused {
                          public static io.dagwright.Lazy<Integer> task() {
                            return io.dagwright.Lazy.delayed(() -> 1);
                          }
                        }
                        """)));
    Lazy<?> task = (Lazy<?>) type.getMethod("task").invoke(null);
    LocalClusterOptions options =
        LocalClusterOptions.DEFAULT.withSettings(Map.of("dagwright.code.accept", "none"));

    try (LocalCluster cluster = LocalCluster.start(options);
        Client client = cluster.client()) {
      assertThatThrownBy(() -> client.compute(task))
          .isInstanceOf(TaskFailedException.class)
          .hasCauseInstanceOf(CodeRefusedException.class)
          .hasMessageContaining("dagwright.code.accept is [none]");
      assertThat(client.compute(Lazy.delayed(() -> 2))).isEqualTo(2);
    }
  }

  @Test
  void codeFromAnotherMachineNeedsACertificateOrASetting() {
    CodeAcceptance byDefault = CodeAcceptance.of("loopback-or-authenticated");

    assertThat(byDefault.allows(true, false)).isTrue();
    assertThat(byDefault.allows(false, true)).isTrue();
    assertThat(byDefault.allows(false, false)).isFalse();
    assertThat(CodeAcceptance.ANY.allows(false, false)).isTrue();
    assertThat(CodeAcceptance.NONE.allows(true, true)).isFalse();
  }

  private static byte[] redefined(byte[] classFile, int version) {
    String text = new String(classFile, StandardCharsets.ISO_8859_1);
    return text.replace("version-0000000", "version-%07d".formatted(version))
        .getBytes(StandardCharsets.ISO_8859_1);
  }
}
