package io.dagwright.jvms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.Client;
import io.dagwright.Fn1;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import io.dagwright.Persisted;
import io.dagwright.Serializers;
import io.dagwright.Ship;
import io.dagwright.error.TaskFailedException;
import io.dagwright.error.UnknownSerializerException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers on a bare class path take what a client's serializers wrote, or say that they cannot. */
@Tag("jvms")
@Timeout(300)
@SuppressWarnings("try") // A scope is there to be open, nobody calls it.
class SerializersIT {

  private static Node scheduler;
  private static Jvm worker;
  private static Client client;

  /** Counts how often Java serialization made it. */
  static final class Traveller implements Serializable {
    private static final long serialVersionUID = 1L;
    private int journeys;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      journeys++;
    }

    int journeys() {
      return journeys;
    }
  }

  /** Not {@code Serializable}. */
  record Service(List<String> names) {}

  @BeforeAll
  static void start() {
    scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
    worker = Jvm.startBareWorker("bare", scheduler.address());
    client = scheduler.client();
  }

  @AfterAll
  static void stop() {
    client.close();
    worker.close();
    scheduler.close();
  }

  @Test
  void functionsArgumentsAndResultsGoThereAndBackByJavaSerialization() {
    try (Serializers.Scope scope = Serializers.use("java")) {
      Fn1<Traveller, Traveller> same = traveller -> traveller;
      Persisted<Traveller> kept = client.persist(Lazy.delayed(new Traveller(), same));

      assertThat(client.compute(kept.lazy().map(Traveller::journeys))).isEqualTo(1);
      assertThat(kept.join().journeys()).isEqualTo(2);
      kept.release();
    }
  }

  @Test
  void aFunctionByValueBringsWhatIsNotSerializable() {
    Service svc = new Service(List.of("a", "b"));
    Fn1<Traveller, String> function = Ship.byValue(it -> svc.names() + " " + it.journeys());

    try (Serializers.Scope scope = Serializers.use("java")) {
      assertThat(client.compute(Lazy.delayed(new Traveller(), function))).isEqualTo("[a, b] 1");
    }
  }

  @Test
  @SuppressWarnings("UnnecessaryStringBuilder") // Something of a class that is not a scalar.
  void aSerializerTheWorkerLacksFailsItsTaskAlone() {
    StringBuilder text = new StringBuilder("x");
    Fn1<StringBuilder, Integer> length = StringBuilder::length;

    for (Lazy<Integer> bad :
        List.of(
            Lazy.delayed(text, length).serializer("client-only"),
            Lazy.delayed(Ship.with(text, "client-only"), length))) {
      assertThatThrownBy(() -> client.compute(bad))
          .isInstanceOf(TaskFailedException.class)
          .cause()
          .isInstanceOf(UnknownSerializerException.class)
          .hasMessageContaining("There is no serializer [client-only]")
          .hasMessageContaining("[closure, java, kryo]");
    }
    assertThat(client.compute(Lazy.delayed(new StringBuilder("abc"), length))).isEqualTo(3);
  }
}
