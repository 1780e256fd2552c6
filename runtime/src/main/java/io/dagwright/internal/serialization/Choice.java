package io.dagwright.internal.serialization;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which serializer writes what, for the tasks of one choice: a name, and the names of classes that
 * go by another. It travels with each function, so that results are written as their client wants.
 *
 * @param serializer for all that is not bound
 * @param bindings names of serializers by names of classes; they hold for subclasses, too
 */
public record Choice(String serializer, SortedMap<String, String> bindings) {

  /** What holds where nobody says anything. */
  public static final Choice DEFAULT =
      new Choice(SerializerRegistry.KRYO, Collections.emptySortedMap());

  public Choice {
    bindings = Collections.unmodifiableSortedMap(new TreeMap<>(bindings));
  }

  /** Everything by one serializer. */
  public static Choice only(String serializer) {
    return new Choice(serializer, Collections.emptySortedMap());
  }

  /** Whether functions are written by {@code java}; all others leave them to {@code closure}. */
  boolean isJavaForFunctions() {
    return serializer.equals(SerializerRegistry.JAVA);
  }

  /** The serializer that a class is bound to: its own entry, else a superclass's or interface's. */
  @Nullable String bound(Class<?> type) {
    if (bindings.isEmpty()) {
      return null;
    }
    for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
      String own = bindings.get(at.getName());
      if (own == null) {
        own = boundInterface(at);
      }
      if (own != null) {
        return own;
      }
    }
    return null;
  }

  private @Nullable String boundInterface(Class<?> type) {
    for (Class<?> implemented : type.getInterfaces()) {
      String own = bindings.get(implemented.getName());
      if (own == null) {
        own = boundInterface(implemented);
      }
      if (own != null) {
        return own;
      }
    }
    return null;
  }

  void write(ByteSink out) {
    out.putString(serializer);
    out.putVarInt(bindings.size());
    for (Map.Entry<String, String> binding : bindings.entrySet()) {
      out.putString(binding.getKey());
      out.putString(binding.getValue());
    }
  }

  static Choice read(ByteSource in) {
    String serializer = in.readString();
    SortedMap<String, String> bindings = new TreeMap<>();
    for (int i = in.readCount(2); i > 0; i--) {
      bindings.put(in.readString(), in.readString());
    }
    return new Choice(serializer, bindings);
  }
}
