package io.dagwright.internal.node;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.dagwright.config.Settings;
import io.dagwright.internal.actor.ClusterStatus;
import io.dagwright.internal.actor.Handshake;
import io.dagwright.internal.actor.Rare;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.FrameSerializer;
import io.dagwright.internal.serialization.MessageCodec;
import io.dagwright.internal.serialization.SerializerRegistry;
import io.dagwright.internal.wire.Frame;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.ToWorker;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;

/** Which serializer writes each class of messages, and each kind of user data. */
public final class SerializerTable {

  /** Vocabularies whose messages travel as bytes inside frames. */
  private static final List<Class<?>> IN_FRAMES =
      List.of(FromClient.class, ToScheduler.class, ToWorker.class, ToClient.class);

  private SerializerTable() {}

  /**
   * One row.
   *
   * @param what a class of messages, or a kind of user data
   * @param mode CONTROL, CLOSURE, VALUE, BULK or JAVA
   * @param serializer by which it goes
   */
  public record Row(String what, String mode, String serializer) {}

  /**
   * The table of a node with these settings. Asks an actor system that is started for it, so that
   * the answer is what really happens; takes about a second.
   *
   * @throws io.dagwright.error.UnknownSerializerException if a setting names one that is not here
   */
  public static List<Row> of(Map<String, ?> overrides) {
    Settings settings = Settings.load("", Settings.overrides(overrides));
    List<Row> rows = new ArrayList<>(controlRows(settings));
    rows.addAll(userRows(MachineSettings.serializers(settings)));
    return rows;
  }

  private static List<Row> controlRows(Settings settings) {
    ActorSystem system =
        ActorSystem.create(
            "dagwright-table",
            ConfigFactory.empty()
                .withValue("pekko.actor.provider", ConfigValueFactory.fromAnyRef("local"))
                .withFallback(settings.config()));
    try {
      Serialization serialization = SerializationExtension.get(system);
      List<Row> rows = new ArrayList<>();
      Stream.concat(
              Stream.of(Frame.class, ClusterStatus.class),
              Arrays.stream(Handshake.class.getDeclaredClasses())
                  .filter(Rare.class::isAssignableFrom))
          .map(type -> row(type, serializerOf(type, serialization)))
          .forEach(rows::add);
      IN_FRAMES.stream()
          .flatMap(vocabulary -> Arrays.stream(vocabulary.getPermittedSubclasses()))
          .map(type -> row(type, MessageCodec.class))
          .forEach(rows::add);
      rows.sort(Comparator.comparing(Row::what));
      return rows;
    } finally {
      system.terminate();
    }
  }

  private static Class<?> serializerOf(Class<?> type, Serialization serialization) {
    try {
      return serialization.serializerFor(type).getClass();
    } catch (NotSerializableException e) {
      throw new IllegalStateException("a message of ours has no binding in reference.conf", e);
    }
  }

  private static Row row(Class<?> type, Class<?> serializer) {
    String by =
        serializer == MessageCodec.class
            ? "binary (" + MessageCodec.class.getSimpleName() + "), inside Frame"
            : serializer == FrameSerializer.class
                ? "binary (" + FrameSerializer.class.getSimpleName() + ")"
                : serializer.getSimpleName();
    return new Row(type.getName(), "CONTROL", by);
  }

  private static List<Row> userRows(Choice choice) {
    boolean isJava = choice.serializer().equals(SerializerRegistry.JAVA);
    List<Row> rows = new ArrayList<>();
    rows.add(
        new Row("functions of tasks", isJava ? "JAVA" : "CLOSURE", isJava ? "java" : "closure"));
    rows.add(new Row("arguments and results", mode(choice.serializer()), choice.serializer()));
    choice.bindings().forEach((type, to) -> rows.add(new Row(type, mode(to), to)));
    rows.add(new Row("numbers and strings", "VALUE", "as themselves"));
    rows.add(new Row("primitive arrays", "BULK", "as themselves"));
    rows.add(new Row("what tasks throw", "VALUE", SerializerRegistry.KRYO));
    return rows;
  }

  private static String mode(String serializer) {
    return serializer.equals(SerializerRegistry.JAVA)
        ? "JAVA"
        : serializer.equals(SerializerRegistry.CLOSURE) ? "CLOSURE" : "VALUE";
  }
}
