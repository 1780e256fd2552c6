package io.dagwright;

import io.dagwright.internal.node.SerializerTable;
import io.dagwright.internal.serialization.SerializerRegistry;
import io.dagwright.internal.serialization.SerializerScope;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * By which serializer functions, arguments and results of tasks become bytes.
 *
 * <p>What is said last and closest holds: {@link Ship} of one value; {@link Lazy#serializer} of a
 * task; {@code dagwright.serializers.bindings} of a class; {@link #use} of a thread; {@code
 * dagwright.serializer}, or the environment's {@code DAGWRIGHT_SERIALIZER}, of a process; else
 * {@code kryo}. The name travels with the bytes, and a client's choice with its tasks, so that
 * workers need no setting and clients do not meet.
 */
public final class Serializers {

  private Serializers() {}

  /** The time during which a serializer is the calling thread's choice; ends when closed. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Makes a serializer the choice for graphs that the calling thread submits, until the scope is
   * closed by the same thread. The innermost scope holds. Graphs that were submitted before stay as
   * they are.
   *
   * @throws io.dagwright.error.UnknownSerializerException if there is none of that name
   */
  public static Scope use(String name) {
    return SerializerScope.open(require(name, "Serializers.use"))::run;
  }

  /** The names of all serializers of this JVM. */
  public static SortedSet<String> names() {
    return SerializerRegistry.ofThisJvm().names();
  }

  /**
   * Which serializer writes something.
   *
   * @param what a class of messages between Dagwright's actors, or a kind of user data, or a class
   *     that is bound
   * @param mode CONTROL, CLOSURE, VALUE, BULK or JAVA; {@code docs/serializers.md} says what they
   *     are
   * @param serializer by which it goes
   */
  public record Row(String what, String mode, String serializer) {}

  /**
   * Which serializer writes what, with the settings of this process. Takes about a second.
   *
   * @throws io.dagwright.error.UnknownSerializerException if a setting names one that is not here
   */
  public static List<Row> table() {
    return table(Map.of());
  }

  /**
   * Which serializer writes what. Takes about a second.
   *
   * @param settings of the configuration, by path; win over those of this process
   * @throws io.dagwright.error.UnknownSerializerException if a setting names one that is not here
   */
  public static List<Row> table(Map<String, String> settings) {
    return SerializerTable.of(settings).stream()
        .map(row -> new Row(row.what(), row.mode(), row.serializer()))
        .toList();
  }

  static String require(String name, String source) {
    return SerializerRegistry.ofThisJvm().require(name, source);
  }
}
