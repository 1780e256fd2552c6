package io.dagwright.jvms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dagwright.Client;
import io.dagwright.Fn0;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.Persisted;
import io.dagwright.WorkerLocal;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.RemoteTaskException;
import io.dagwright.error.StaticInitializerException;
import io.dagwright.error.TaskFailedException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be sent, in either direction, costs its task and nothing else. */
@Tag("jvms")
@Timeout(300)
class SendingIT {

  private static final String ONLY_HERE = "dagwright.test.client";

  private static Node scheduler;
  private static Jvm worker;
  private static Client client;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    System.setProperty(ONLY_HERE, "yes");
    scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
    worker = Jvm.startBareWorker("bare", scheduler.address());
    client = scheduler.client();
  }

  @AfterAll
  static void stop() {
    System.clearProperty(ONLY_HERE);
    client.close();
    worker.close();
    scheduler.close();
  }

  @AfterEach
  void theWorkerAndTheSessionGoOn() {
    int answer = client.compute(Lazy.delayed(() -> 41).map(x -> x + 1));
    assertThat(answer).isEqualTo(42);
    assertThat(worker.isAlive()).isTrue();
  }

  private static boolean isClient() {
    return System.getProperty(ONLY_HERE) != null;
  }

  // ---- functions and arguments -----------------------------------------------------------------

  @Test
  void anArgumentThatCannotBeSentFailsWhereItIsSubmitted() {
    Lazy<String> task = Lazy.delayed(new Thread(), Thread::getName).key("name");

    assertThatThrownBy(() -> client.compute(task))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("threads belong to one JVM");
  }

  /** Can be written everywhere, and read only by the client. */
  static final class ReadHere implements Serializable {
    private static final long serialVersionUID = 1L;

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
    }

    private void readObject(ObjectInputStream in) throws IOException {
      if (!isClient()) {
        throw new AssertionError("not on a worker"); // No exception, but an error.
      }
    }
  }

  @Test
  void aFunctionThatCannotBeReadFailsItsTaskOnly() {
    ReadHere captured = new ReadHere();

    NotSerializableTaskException failure =
        catchThrowableOfType(
            NotSerializableTaskException.class,
            () -> client.compute(Lazy.delayed(() -> captured.hashCode())));

    assertThat(failure).hasMessageContaining("not on a worker");
  }

  @Test
  void anArgumentThatCannotBeReadFailsItsTaskOnly() {
    List<Lazy<Integer>> tasks = new ArrayList<>();
    tasks.add(Lazy.delayed(new ReadHere(), Object::hashCode));
    tasks.add(Lazy.delayed(() -> 1));

    Persisted<Integer> bad = client.persist(tasks.get(0));
    Persisted<Integer> good = client.persist(tasks.get(1));

    assertThatThrownBy(bad::join)
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("not on a worker");
    assertThat(good.join()).isEqualTo(1);
  }

  static final class NeedsClient {
    static final int BEFORE = Integer.parseInt("1");
    static final String ONLY = Objects.requireNonNull(System.getProperty(ONLY_HERE), "no client");

    private NeedsClient() {}

    static String read() {
      return ONLY + BEFORE;
    }
  }

  @Test
  void aStaticInitializerThatFailsThereIsNamedEachTime() {
    for (int i = 0; i < 2; i++) {
      int number = i;
      Fn0<String> function = () -> NeedsClient.read() + number;
      TaskFailedException failure =
          catchThrowableOfType(
              TaskFailedException.class, () -> client.compute(Lazy.delayed(function)));

      StaticInitializerException typed =
          failure.cause(StaticInitializerException.class).orElseThrow();
      assertThat(typed.className()).isEqualTo(NeedsClient.class.getName());
      assertThat(typed.fieldName()).isEqualTo("ONLY");
      assertThat(typed).hasMessageContaining("(SendingIT.java:").hasMessageContaining("no client");
    }
  }

  // ---- results ---------------------------------------------------------------------------------

  @Test
  void aResultThatCannotBeSentFailsItsTaskOnly() {
    assertThatThrownBy(() -> client.compute(Lazy.delayed(() -> new Thread("mine")).key("made")))
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("threads belong to one JVM");
  }

  /** Fails on the worker when it is written. */
  static final class WrittenHere implements Serializable {
    private static final long serialVersionUID = 1L;
    final byte[] large = new byte[5000]; // Too large to ride along, so that it is fetched.

    private void writeObject(ObjectOutputStream out) {
      if (!isClient()) {
        throw new AssertionError("not from a worker");
      }
    }
  }

  @Test
  void aResultWhoseOwnCodeFailsWhenItIsWrittenFailsWhoAsksForIt() {
    Persisted<WrittenHere> kept = client.persist(Lazy.delayed(WrittenHere::new));

    assertThatThrownBy(kept::join)
        .isInstanceOf(NotSerializableTaskException.class)
        .hasMessageContaining("not from a worker");
    int length = client.compute(kept.lazy().map(it -> it.large.length));
    assertThat(length).isEqualTo(5000);
    kept.release();
  }

  /** Can be written everywhere, and not read by the client. */
  static final class ReadThere implements Serializable {
    private static final long serialVersionUID = 1L;

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
    }

    private void readObject(ObjectInputStream in) {
      if (isClient()) {
        throw new AssertionError("not here");
      }
    }
  }

  @Test
  void aResultThatCannotBeReadHereFailsWhoAsksForIt() throws Exception {
    Lazy<ReadThere> task = Lazy.delayed(ReadThere::new);

    assertThatThrownBy(() -> client.compute(task))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining("not here");
    assertThatThrownBy(() -> client.computeAsync(task).toCompletableFuture().get())
        .hasCauseInstanceOf(CorruptPayloadException.class);
  }

  // ---- exceptions ------------------------------------------------------------------------------

  static final class Holding extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final Thread thread = new Thread();

    Holding(String message) {
      super(message);
    }
  }

  @Test
  void anExceptionThatDoesNotSerializeArrivesAsText() {
    RemoteTaskException standIn =
        standInFor(
            () -> {
              throw new Holding("bad row");
            });

    assertThat(standIn.type()).isEqualTo(Holding.class.getName());
    assertThat(standIn).hasMessageContaining("bad row");
    assertThat(standIn.getStackTrace()[0].getClassName()).isEqualTo(SendingIT.class.getName());
    assertThat(standIn.getStackTrace()[0].getFileName()).isEqualTo("SendingIT.java");
    assertThat(standIn.getStackTrace()).anyMatch(it -> it.toString().contains("worker 'bare'"));
  }

  static final class Silent extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new AssertionError("no message");
    }
  }

  @Test
  void anExceptionWhoseMessageThrowsArrivesAllTheSame() {
    TaskFailedException failure =
        failureOf(
            () -> {
              throw new Silent();
            });

    assertThat(failure).hasMessageContaining("making its message threw java.lang.AssertionError");
    assertThat(Objects.requireNonNull(failure.getCause()).getStackTrace()[0].getClassName())
        .isEqualTo(SendingIT.class.getName());
  }

  @Test
  void anExceptionOfAClassThatOnlyTheWorkerHasArrivesAsText() {
    RemoteTaskException standIn =
        standInFor(
            () -> {
              throw Unknown.make("gone");
            });

    assertThat(standIn.type()).isEqualTo("made.there.Gone");
    assertThat(standIn).hasMessageContaining("gone");
    assertThat(standIn.getStackTrace()).isNotEmpty();
  }

  private static TaskFailedException failureOf(Fn0<Integer> function) {
    return catchThrowableOfType(
        TaskFailedException.class, () -> client.compute(Lazy.delayed(function)));
  }

  private static RemoteTaskException standInFor(Fn0<Integer> function) {
    return failureOf(function).cause(RemoteTaskException.class).orElseThrow();
  }

  // ---- what each worker makes for itself -------------------------------------------------------

  static final class Connection implements AutoCloseable {
    private final Path log;

    Connection(Path log) throws IOException {
      this.log = log;
      Files.writeString(log.resolve("opened-" + System.nanoTime()), "");
    }

    String read() {
      return "row";
    }

    @Override
    public void close() throws IOException {
      Files.writeString(log.resolve("closed-" + System.nanoTime()), "");
    }
  }

  @Test
  void aWorkerLocalIsOpenedThereOnceAndClosedWithTheSession() {
    String log = directory.toString();
    WorkerLocal<Connection> db = WorkerLocal.of("db", () -> new Connection(Path.of(log)));
    try (Client other = Client.connect(scheduler.address())) {
      for (int i = 0; i < 5; i++) {
        String read = other.compute(Lazy.delayed(i, x -> db.get().read() + x));
        assertThat(read).isEqualTo("row" + i);
      }
      assertThat(files("opened-")).isEqualTo(1);
      assertThat(files("closed-")).isZero();
    }
    Clusters.until("the connection closed", () -> files("closed-") == 1);
  }

  private long files(String prefix) {
    try (var found = Files.newDirectoryStream(directory, prefix + "*")) {
      long count = 0;
      for (Path each : found) {
        count += Files.exists(each) ? 1 : 0;
      }
      return count;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
