package io.dagwright.internal.serialization;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.graph.TaskFunction;
import java.io.Serializable;
import java.io.StringReader;
import java.lang.ref.Cleaner;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class DiagnosisTest {

  private final KryoPools pools = new KryoPools();

  static final class Connection {
    final Socket socket = new Socket();
  }

  static final class Service {
    final Connection connection = new Connection();
  }

  interface Fn extends Serializable {
    Object call();
  }

  record Adapter(Fn fn) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs) {
      return fn.call();
    }
  }

  record Job(String name, Map<String, Object> settings) {}

  static final class Outer {
    final Thread thread = new Thread();

    class Inner {
      int n() {
        return thread.getPriority();
      }
    }

    Fn anonymous(Inner helper) {
      return new Fn() {
        @Override
        public Object call() {
          return helper.n();
        }
      };
    }
  }

  private String refusalOf(TaskFunction function) {
    return message(() -> new ClosureCodec(pools).encode(function, "load"))
        .replaceAll(":\\d+ captured", ":LINE captured");
  }

  private String refusalOf(Object value) {
    return message(() -> new ValueCodec(pools).write(value, new ByteSink()));
  }

  private static String message(Executable encoding) {
    return String.valueOf(assertThrows(NotSerializableTaskException.class, encoding).getMessage());
  }

  @Test
  void pathOfALambdaNamesVariablesAndFields() {
    Service svc = new Service();

    assertEquals(
        """
        task 'load' cannot be sent to a worker.
          at task 'load' → lambda DiagnosisTest.pathOfALambdaNamesVariablesAndFields:LINE captured \
        'svc' (Service) → field connection (Connection) → field socket (Socket)
          java.net.Socket: sockets belong to one JVM.
          Fix: open it inside the task, or let each worker make one: WorkerLocal<Socket> socket = \
        WorkerLocal.of("socket", () -> ...).""",
        refusalOf(new Adapter(() -> svc.connection)));
  }

  @Test
  void resourcesAreCuredByALineWithTheirVariable() {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    HttpClient db = HttpClient.newHttpClient();
    try {
      String message = refusalOf(new Adapter(() -> List.of(db, pool)));

      assertThat(message)
          .contains(
              " captured 'db' (HttpClient",
              "WorkerLocal<HttpClient> db = WorkerLocal.of(\"db\", () -> ...).");
      assertThat(Diagnosis.findings(Subject.argument("x"), pool, "kryo", Choice.DEFAULT))
          .extracting(Diagnosis.Found::cure)
          .singleElement(STRING)
          .contains("WorkerLocal<ExecutorService> ");
    } finally {
      pool.shutdown();
    }
  }

  static class NativeBase {
    static native void free(long address);
  }

  static final class Tensor extends NativeBase {
    final long nativeHandle;

    Tensor(long nativeHandle) {
      this.nativeHandle = nativeHandle;
    }
  }

  record Model(String name, Tensor tensor) {}

  static final class Cleaned {
    final transient Cleaner.Cleanable cleanable = CLEANER.register(this, () -> {});
  }

  private static final Cleaner CLEANER = Cleaner.create();

  /** Neither an address nor a native method makes a class one that wraps memory. */
  record Person(long addressId) {}

  @Test
  void whatWrapsNativeMemoryIsRefused() {
    assertEquals(
        """
        a value cannot be sent to a worker.
          at a value (Model) → component tensor (Tensor)
          io.dagwright.internal.serialization.DiagnosisTest$Tensor: it wraps memory outside of the \
        heap, which would stay behind (field nativeHandle is its address).
          Fix: pass its content as plain values, or bind \
        [io.dagwright.internal.serialization.DiagnosisTest$Tensor] to a serializer that knows it, \
        in dagwright.serializers.bindings, or let each worker make one: WorkerLocal<Tensor> tensor \
        = WorkerLocal.of("tensor", () -> ...).""",
        refusalOf(new Model("m", new Tensor(7))));
    assertThat(refusalOf(new Cleaned())).contains("(field cleanable frees it)");
    assertThat(refusalOf(ByteBuffer.allocateDirect(8)))
        .contains("memory outside of the heap, which belongs to one process");
    new ValueCodec(pools).write(List.of(new Person(7)), new ByteSink());
  }

  @Test
  void whatWrapsNativeMemoryGoesIfSomebodySaysHow() {
    ValueCodec values = new ValueCodec(pools);
    Choice bound =
        new Choice("kryo", new TreeMap<>(Map.of(Tensor.class.getName(), SerializerRegistry.KRYO)));
    ByteSink out = new ByteSink();

    values.write(new Model("m", new Tensor(7)), out, bound, type -> {});

    Model read =
        (Model) requireNonNull(values.read(out.toByteArray(), getClass().getClassLoader()));
    assertEquals(7, read.tensor().nativeHandle);
    assertThat(refusalOf(new Model("m", new Tensor(7)))).contains("Tensor"); // By the same Kryo.
    Tensor marked = new Tensor(8);
    ShippedValues.ofThisJvm().add(marked, SerializerRegistry.CLOSURE);
    values.write(new Model("m", marked), new ByteSink());
  }

  @Test
  void containersNameTheElement() {
    Map<String, Object> settings = new HashMap<>(Map.of("in", new StringReader("x")));

    assertEquals(
        """
        a value cannot be sent to a worker.
          at a value (ListN) → element [1] (Job) → component settings (HashMap) → value of key \
        'in' (StringReader)
          java.io.StringReader: an open stream belongs to one JVM.
          Fix: pass the path or address and open it inside the task, or let each worker make one: \
        WorkerLocal<Reader> settings = WorkerLocal.of("settings", () -> ...).""",
        refusalOf(List.of(1, new Job("j", settings), 3)).replace("List12", "ListN"));
  }

  @Test
  void innerClassesNameTheInstanceTheyHide() {
    Outer outer = new Outer();

    assertEquals(
        """
        task 'load' cannot be sent to a worker.
          at task 'load' → component fn (DiagnosisTest$Outer$1) → outer instance (implicit this of \
        inner class DiagnosisTest$Outer$1) (Outer) → field thread (Thread)
          java.lang.Thread: threads belong to one JVM.
          Fix: start it inside the task.""",
        refusalOf(new Adapter(outer.anonymous(outer.new Inner()))));
  }

  @Test
  void serializableThingsThatMeanNothingElsewhereAreRefusedToo() {
    assertEquals(
        """
        a value cannot be sent to a worker.
          at a value (ReentrantLock)
          java.util.concurrent.locks.ReentrantLock: a lock guards nothing in another JVM.
          Fix: make the field transient or leave it out.""",
        refusalOf(new ReentrantLock()));
  }

  @Test
  void lambdaOfATypeThatIsNotSerializableSaysSo() {
    Supplier<String> supplier = () -> "x";

    assertEquals(
        """
        task 'load' cannot be sent to a worker.
          at task 'load' → lambda DiagnosisTest.lambdaOfATypeThatIsNotSerializableSaysSo:LINE \
        captured 'supplier' (lambda of type Supplier)
          It is a lambda of type java.util.function.Supplier, which is not Serializable, keeps no \
        description of itself.
          Fix: give the variable a Serializable type, for example by the cast (Supplier & \
        Serializable), or start this JVM with -javaagent:dagwright-agent.jar.""",
        refusalOf(new Adapter(() -> supplier.get())));
  }

  @Test
  void roleIsPartOfTheMessage() {
    NotSerializableTaskException e = Diagnosis.blame(Subject.result("load-3"), new Thread(), null);

    assertEquals("the result of task 'load-3'", e.what());
    assertEquals("the result of task 'load-3' (Thread)", e.path());
  }
}
