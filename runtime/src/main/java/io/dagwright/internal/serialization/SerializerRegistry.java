package io.dagwright.internal.serialization;

import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.error.UnknownSerializerException;
import io.dagwright.graph.Spelling;
import io.dagwright.spi.ValueSerializer;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The serializers there are, by name: ours, and those that were plugged in. Immutable. */
public final class SerializerRegistry {

  /** Fast forms for everyday values, Kryo by fields for the rest. The default. */
  public static final String KRYO = "kryo";

  /** Kryo by fields for everything; functions always go by it, unless {@link #JAVA} is chosen. */
  public static final String CLOSURE = "closure";

  /** Java serialization behind a filter. */
  public static final String JAVA = "java";

  private static final Set<String> OWN = Set.of(KRYO, CLOSURE, JAVA);
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

  private final SortedMap<String, ValueSerializer> plugged;

  private SerializerRegistry(SortedMap<String, ValueSerializer> plugged) {
    this.plugged = Collections.unmodifiableSortedMap(plugged);
  }

  /** Looked for once, when somebody first asks. */
  private static final class OfThisJvm {
    static final OfThisJvm FOUND = new OfThisJvm();

    final SerializerRegistry serializers;
    final @Nullable InvalidConfigurationException failure;

    private OfThisJvm() {
      SerializerRegistry found = new SerializerRegistry(new TreeMap<>());
      InvalidConfigurationException refused = null;
      try {
        found =
            of(
                ServiceLoader.load(
                    ValueSerializer.class, SerializerRegistry.class.getClassLoader()));
      } catch (InvalidConfigurationException e) {
        refused = e;
      }
      serializers = found;
      failure = refused;
    }
  }

  /**
   * Ours, and those on the class path of this runtime.
   *
   * @throws InvalidConfigurationException if one of them cannot be loaded, or has a name that is
   *     taken or malformed
   */
  public static SerializerRegistry ofThisJvm() {
    if (OfThisJvm.FOUND.failure != null) {
      throw OfThisJvm.FOUND.failure;
    }
    return OfThisJvm.FOUND.serializers;
  }

  /** Ours and these. */
  public static SerializerRegistry of(Iterable<? extends ValueSerializer> more) {
    SortedMap<String, ValueSerializer> plugged = new TreeMap<>();
    try {
      for (ValueSerializer each : more) {
        String name = each.name();
        if (!isName(name)) {
          throw refused(each, "its name [" + name + "] does not match " + NAME);
        }
        if (OWN.contains(name) || plugged.putIfAbsent(name, each) != null) {
          throw refused(each, "there is another of its name [" + name + "]");
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new InvalidConfigurationException(
          "META-INF/services/" + ValueSerializer.class.getName(),
          String.valueOf(e.getMessage()),
          e);
    }
    return new SerializerRegistry(plugged);
  }

  private static InvalidConfigurationException refused(ValueSerializer serializer, String why) {
    return new InvalidConfigurationException(
        "META-INF/services/" + ValueSerializer.class.getName(),
        "serializer [" + serializer.getClass().getName() + "] is refused: " + why,
        null);
  }

  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** All names. */
  public SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>(OWN);
    names.addAll(plugged.keySet());
    return names;
  }

  /** The classes of those that were plugged in, by name. */
  public Map<String, Class<?>> plugged() {
    SortedMap<String, Class<?>> classes = new TreeMap<>();
    plugged.forEach((name, serializer) -> classes.put(name, serializer.getClass()));
    return classes;
  }

  /**
   * Checks that there is a serializer of this name.
   *
   * @param source who named it, for the message
   * @return the name
   * @throws UnknownSerializerException if there is none
   */
  public String require(String name, String source) {
    if (!OWN.contains(name) && !plugged.containsKey(name)) {
      throw new UnknownSerializerException(name, source, names(), Spelling.closest(name, names()));
    }
    return name;
  }

  /** One that was plugged in; empty if it is one of ours or none at all. */
  Optional<ValueSerializer> find(String name) {
    return Optional.ofNullable(plugged.get(name));
  }
}
